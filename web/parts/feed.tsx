/** Entries, newest first: live at the top, older ones fetched as they are scrolled to, filtered by the node. */
import { useState } from 'preact/hooks';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { asNumber, asText } from '../node/answers.ts';
import { nameOf, type Snapshot } from '../node/live.ts';
import { FeedFilter } from './feed-filter.tsx';
import { type Filter, NO_FILTER } from './filter.ts';
import { formatTime, shortHash } from './format.ts';
import { useNarrow } from './measure.ts';
import { entryAddress } from './route.ts';
import { ROWS_MAX, type Rows } from './rows.ts';
import { Panel } from './small.tsx';
import { summaryOf } from './summary.ts';
import { useRows } from './use-rows.ts';
import { WindowList } from './window-list.tsx';

const ROW_HEIGHT = 31;
const NARROW_ROW_HEIGHT = 52;

interface FeedProps {
  readonly snapshot: Snapshot;
  readonly rows: number;
  readonly origin?: string;
  readonly title: string;
  readonly withFilter?: boolean;
}

export function ReceiptFeed({ snapshot, rows: height, origin = '', title, withFilter = true }: FeedProps) {
  const [filter, setFilter] = useState<Filter>({ ...NO_FILTER, origin });
  const isNarrow = useNarrow();
  const { rows, loadMore } = useRows(filter, snapshot.ledgerVersion);
  const certified = new Map(snapshot.feeds.map((feed) => [feed.origin, feed.certified]));
  const row = (index: number) => {
    const entry = rows.entries[index];
    if (entry === undefined) return { key: `none-${index}`, content: null };
    const hash = asText(entry['hash']);
    const isFinal = asNumber(entry['seq']) < (certified.get(asText(entry['origin'])) ?? 0);
    return {
      key: hash,
      href: entryAddress(hash),
      content: <EntryRow entry={entry} isFinal={isFinal} snapshot={snapshot} />,
    };
  };
  return (
    <Panel title={title} class="feed" aside={<LiveNote filter={filter} snapshot={snapshot} />}>
      {withFilter && <FeedFilter filter={filter} members={snapshot.members} onChange={setFilter} />}
      <WindowList
        id="feed"
        label={title}
        count={rows.entries.length}
        rowHeight={isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
        rows={height}
        row={row}
        onEnd={loadMore}
      />
      <p class="feed-foot" aria-live="polite">
        {footOf(rows)}
        {rows.next !== undefined && !rows.isLoading && (
          <button type="button" class="link" onClick={loadMore}>
            look further back
          </button>
        )}
      </p>
    </Panel>
  );
}

function footOf({ entries, next, failure, isLoading }: Rows): string {
  if (failure !== '') return failure;
  if (isLoading && entries.length === 0) return 'reading…';
  if (next === undefined) return entries.length === 0 ? 'nothing fits' : 'that is all, down to the first entry';
  if (entries.length >= ROWS_MAX) return 'for older entries choose a date above';
  return entries.length === 0 ? 'nothing fits so far; ' : '';
}

function LiveNote({ filter, snapshot }: { readonly filter: Filter; readonly snapshot: Snapshot }) {
  if (filter.before !== '') return <span class="muted">before {filter.before.replace('T', ' ')}</span>;
  const isLive = snapshot.connection === 'live';
  return <span class={isLive ? 'live-note is-live' : 'live-note'}>{isLive ? 'live' : 'not live'}</span>;
}

interface EntryRowProps {
  readonly entry: JsonObject;
  readonly isFinal: boolean;
  readonly snapshot: Snapshot;
}

function EntryRow({ entry, isFinal, snapshot }: EntryRowProps) {
  const type = asText(entry['type']);
  return (
    <>
      <span class="cell-time num">{formatTime(asNumber(entry['timestamp']), Date.now())}</span>
      <span class={`cell-type type-${type.toLowerCase()}`}>{type}</span>
      <span class="cell-name">{nameOf(snapshot.members, asText(entry['origin']))}</span>
      <span class="cell-seq num">{asNumber(entry['seq'])}</span>
      <span class="cell-hash mono">{shortHash(asText(entry['hash']))}</span>
      <span class="cell-text">{summaryOf(entry, (peer) => nameOf(snapshot.members, peer))}</span>
      <span class={isFinal ? 'cell-final is-final' : 'cell-final'}>{isFinal ? 'final' : 'pending'}</span>
    </>
  );
}
