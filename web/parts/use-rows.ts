/** The rows of a filter, read from the node page by page. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { readPage } from '../node/answers.ts';
import { getJson } from '../node/client.ts';
import { type Filter, filterQuery } from './filter.ts';
import { joined, NO_ROWS, ROWS_MAX, type Rows } from './rows.ts';

const PAGE_ENTRIES = 100;

/** Its first page is read again when the ledger changes, and joined to what was read before. */
export function useRows(filter: Filter, ledgerVersion: number) {
  const [rows, setRows] = useState<Rows>(NO_ROWS);
  const present = useRef(rows);
  present.current = rows;
  const query = filterQuery(filter);
  const asked = useRef('');

  useEffect(() => {
    const abort = new AbortController();
    const isNew = asked.current !== query;
    asked.current = query;
    if (isNew) setRows(NO_ROWS);
    getJson(`/v1/timeline?limit=${PAGE_ENTRIES}${query}`, abort.signal).then(
      (json) => setRows((before) => joined(readPage(json), isNew ? NO_ROWS : before)),
      (error: unknown) => {
        if (!abort.signal.aborted) setRows((before) => ({ ...before, isLoading: false, failure: String(error) }));
      },
    );
    return () => abort.abort();
  }, [query, ledgerVersion]);

  const loadMore = useCallback(() => {
    const { next, isLoading, entries } = present.current;
    if (next === undefined || isLoading || entries.length >= ROWS_MAX) return;
    present.current = { ...present.current, isLoading: true };
    setRows(present.current);
    getJson(`/v1/timeline?limit=${PAGE_ENTRIES}${query.replace(/&before=[^&]*/, '')}&before=${next}`).then(
      (json) => {
        if (asked.current !== query) return;
        const page = readPage(json);
        setRows((before) => ({
          entries: [...before.entries, ...page.entries],
          next: page.next,
          isLoading: false,
          failure: '',
        }));
      },
      (error: unknown) => setRows((before) => ({ ...before, isLoading: false, failure: String(error) })),
    );
  }, [query]);
  return { rows, loadMore };
}
