/** What of the ledger is shown: the node looks for it, so that it need not all be fetched. */
import { useEffect, useState } from 'preact/hooks';
import type { Member } from '../node/standing.ts';
import { type Filter, NO_FILTER } from './filter.ts';

const TYPES = ['RECEIPT', 'SCAR', 'GOVERNANCE', 'REVOCATION', 'SEAL'];
const SEARCH_DELAY_MS = 250;
interface FeedFilterProps {
  readonly filter: Filter;
  readonly members: readonly Member[];
  readonly onChange: (filter: Filter) => void;
}

export function FeedFilter({ filter, members, onChange }: FeedFilterProps) {
  const [search, setSearch] = useState(filter.search);
  useEffect(() => {
    if (search === filter.search) return;
    const timer = setTimeout(() => onChange({ ...filter, search }), SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, [search, filter, onChange]);
  const isSet = filter.search !== '' || filter.type !== '' || filter.origin !== '' || filter.before !== '';
  const clear = (): void => {
    setSearch('');
    onChange(NO_FILTER);
  };
  return (
    <search class="filter">
      <input
        id="search"
        type="search"
        maxLength={200}
        placeholder="Search text or hash  ( / )"
        aria-label="Search text, or the first digits of a hash"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <select
        aria-label="Type"
        value={filter.type}
        onChange={(event) => onChange({ ...filter, type: event.currentTarget.value })}
      >
        <option value="">All types</option>
        {TYPES.map((type) => (
          <option key={type} value={type}>
            {type}
          </option>
        ))}
      </select>
      <select
        aria-label="Origin"
        value={filter.origin}
        onChange={(event) => onChange({ ...filter, origin: event.currentTarget.value })}
      >
        <option value="">All origins</option>
        {members.map(({ peer, name }) => (
          <option key={peer} value={peer}>
            {name}
          </option>
        ))}
      </select>
      <input
        type="datetime-local"
        aria-label="Before this date and time"
        value={filter.before}
        onChange={(event) => onChange({ ...filter, before: event.currentTarget.value })}
      />
      <button type="button" class="button" disabled={!isSet} onClick={clear}>
        Clear
      </button>
    </search>
  );
}
