/** The node's own signed record of its synchronisations, on a timeline and as a list. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { asNumber, asText, readPage } from '../node/answers.ts';
import { getJson } from '../node/client.ts';
import { nameOf, type Snapshot } from '../node/live.ts';
import { formatNumber, formatTime, shortHash } from '../parts/format.ts';
import { useNarrow } from '../parts/measure.ts';
import { entryAddress } from '../parts/route.ts';
import { Panel } from '../parts/small.tsx';
import { summaryOf } from '../parts/summary.ts';
import { WindowList } from '../parts/window-list.tsx';
import { Lanes, otherOf } from './lanes.tsx';

const PAGE_ENTRIES = 200;
const ROWS_MAX = 20_000;
const ROW_HEIGHT = 31;
const NARROW_ROW_HEIGHT = 52;

export function JournalView({ snapshot }: { readonly snapshot: Snapshot }) {
  const size = snapshot.status?.journalEntries ?? 0;
  const isNarrow = useNarrow();
  const { entries, loadMore } = useJournal(snapshot.status?.peerId ?? '', size);
  const row = (index: number) => {
    const entry = entries[index];
    if (entry === undefined) return { key: `none-${index}`, content: null };
    const hash = asText(entry['hash']);
    return { key: hash, href: entryAddress(hash), content: <JournalRow entry={entry} snapshot={snapshot} /> };
  };
  return (
    <div class="journal">
      <Panel title="Synchronisations" aside={<span class="muted num">{formatNumber(size)} signed statements</span>}>
        <Lanes
          entries={entries}
          lanesExpected={snapshot.members.length}
          name={(peer) => (peer === '*' ? 'everyone' : nameOf(snapshot.members, peer))}
        />
      </Panel>
      <Panel title="Journal" class="feed">
        <WindowList
          id="journal"
          label="Journal"
          count={entries.length}
          rowHeight={isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
          rows={12}
          row={row}
          onEnd={loadMore}
        />
      </Panel>
    </div>
  );
}

function JournalRow({ entry, snapshot }: { readonly entry: JsonObject; readonly snapshot: Snapshot }) {
  const isSent = entry['type'] === 'SYNC_EVENT';
  const other = otherOf(entry);
  return (
    <>
      <span class="cell-time num">{formatTime(asNumber(entry['timestamp']), Date.now())}</span>
      <span class={isSent ? 'cell-type type-sent' : 'cell-type type-received'}>
        {isSent ? 'sent to' : 'taken from'}
      </span>
      <span class="cell-name">{other === '*' ? 'everyone' : nameOf(snapshot.members, other)}</span>
      <span class="cell-seq num">{asNumber(entry['seq'])}</span>
      <span class="cell-hash mono">{shortHash(asText(entry['hash']))}</span>
      <span class="cell-text">{summaryOf(entry, (peer) => nameOf(snapshot.members, peer))}</span>
    </>
  );
}

/** Newest first, kept joined to what grows at its head; older pages when asked. One feed: places are enough. */
function useJournal(self: string, size: number) {
  const [entries, setEntries] = useState<readonly JsonObject[]>([]);
  const present = useRef(entries);
  present.current = entries;
  const isLoading = useRef(false);

  const load = useCallback(
    async (to: number, newer: boolean): Promise<void> => {
      if (isLoading.current) return;
      isLoading.current = true;
      try {
        const known = present.current;
        const newest = known.length === 0 ? -1 : asNumber(known[0]?.['seq']);
        // More came than fits a page: the list begins anew at its head.
        const from = newer && to - newest <= PAGE_ENTRIES ? newest + 1 : Math.max(0, to - PAGE_ENTRIES);
        const joins = newer ? from === newest + 1 : true;
        const page = readPage(await getJson(`/v1/journal?after=${self}:${from}&limit=${to - from}`));
        const fresh = [...page.entries].reverse();
        setEntries(newer ? [...fresh, ...(joins ? known : [])].slice(0, ROWS_MAX) : [...known, ...fresh]);
      } finally {
        isLoading.current = false;
      }
    },
    [self],
  );

  useEffect(() => {
    const newest = asNumber(present.current[0]?.['seq']);
    if (self !== '' && size > 0 && (present.current.length === 0 || newest + 1 < size)) void load(size, true);
  }, [self, size, load, entries]);

  const loadMore = useCallback(() => {
    const oldest = present.current.at(-1);
    const seq = asNumber(oldest?.['seq']);
    if (oldest !== undefined && seq > 0 && present.current.length < ROWS_MAX) void load(seq, false);
  }, [load]);
  return { entries, loadMore };
}
