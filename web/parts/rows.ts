/** The entries a list shows, and how pages come together in it. */
import { asNumber, type EntryPage } from '../node/answers.ts';

/** Rows kept. Whoever wants to go further back jumps to a date. */
export const ROWS_MAX = 20_000;

export interface Rows extends EntryPage {
  readonly failure: string;
  readonly isLoading: boolean;
}

export const NO_ROWS: Rows = { entries: [], next: undefined, failure: '', isLoading: true };

/** A newest page before the rows that were there. Where they do not meet, more came than a page holds: what is older is read anew. */
export function joined(page: EntryPage, before: Rows): Rows {
  if (page.entries.length === 0 && before !== NO_ROWS) return { ...before, isLoading: false };
  const known = new Set(before.entries.map(({ hash }) => hash));
  const fresh = page.entries.filter(({ hash }) => !known.has(hash));
  const meets = fresh.length < page.entries.length;
  if (!meets) return { ...page, isLoading: false, failure: '' };
  const entries = [...fresh, ...before.entries].sort((a, b) => asNumber(b['timestamp']) - asNumber(a['timestamp']));
  return { entries, next: before.next, isLoading: before.isLoading && before.next !== undefined, failure: '' };
}
