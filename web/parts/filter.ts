/** What of the ledger is asked for. */

export interface Filter {
  /** Text, or the first digits of a receipt hash. */
  readonly search: string;
  readonly type: string;
  readonly origin: string;
  /** A local date and time, as the input gives it. */
  readonly before: string;
}

export const NO_FILTER: Filter = { search: '', type: '', origin: '', before: '' };

/** So many hex digits are meant as the beginning of a hash; fewer could be a word. */
const HASH_PREFIX = /^[0-9a-f]{6,64}$/;

/** The filter as the API takes it, to be put after other parameters. */
export function filterQuery({ search, type, origin, before }: Filter): string {
  const query = new URLSearchParams();
  const wanted = search.trim();
  if (HASH_PREFIX.test(wanted)) query.set('hash', wanted);
  else if (wanted !== '') query.set('text', wanted);
  if (type !== '') query.set('type', type);
  if (origin !== '') query.set('origin', origin);
  const moment = Date.parse(before);
  if (!Number.isNaN(moment)) query.set('before', String(moment));
  const text = query.toString();
  return text === '' ? '' : `&${text}`;
}
