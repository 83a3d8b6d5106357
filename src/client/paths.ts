/** Paths of the API with what they are asked. */
import type { Endpoint } from '../contract/endpoint.ts';

export interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: object;
}

export function pathOf({ path }: Endpoint, { params = {}, query = {} }: Asked): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? filled : `${filled}?${search}`;
}
