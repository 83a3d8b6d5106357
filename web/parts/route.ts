/** Where the page is: the part of the address after '#'. The server knows one page only. */
import { useEffect, useState } from 'preact/hooks';

export type ViewName = 'overview' | 'receipts' | 'journal' | 'scars' | 'governance' | 'entry';

export interface Route {
  readonly view: ViewName;
  /** Of the entry view: the receipt hash. */
  readonly hash: string;
  /** Of the receipts view: whose. */
  readonly origin: string;
}

const VIEWS: readonly ViewName[] = ['overview', 'receipts', 'journal', 'scars', 'governance', 'entry'];

export function readRoute(address: string): Route {
  const [path = '', query = ''] = address.replace(/^#\/?/, '').split('?');
  const [name = '', hash = ''] = path.split('/');
  const view = VIEWS.find((known) => known === name) ?? 'overview';
  return { view, hash: /^[0-9a-f]*$/.test(hash) ? hash : '', origin: new URLSearchParams(query).get('origin') ?? '' };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const update = (): void => setRoute(readRoute(location.hash));
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return route;
}

export function entryAddress(hash: string): string {
  return `#/entry/${hash}`;
}
