/** Ledger feeds whose entries have chosen times. */
import { toHex } from '../../../src/core/bytes.ts';
import { authorEntry } from '../../../src/core/entry/author.ts';
import type { Candidate } from '../../../src/core/entry/examine.ts';
import type { StoreBatch } from '../../../src/core/events.ts';
import { admit, emptyHead } from '../../../src/core/ledger/admission.ts';
import type { FeedHead } from '../../../src/core/ledger/feed.ts';
import { ALICE, authorOf, BOB, CAROL } from '../core/fixtures.ts';

const KEYS = [ALICE, BOB, CAROL];

export interface FeedMaker {
  readonly batch: StoreBatch;
  /** Receipt hashes by time, latest first; at one time feeds in their order, each backwards. */
  newestFirst(): string[];
}

/** One feed for each list of times. */
export function feedMaker(times: readonly (readonly number[])[]): FeedMaker {
  const feeds = times.map((list, i) => {
    const key = KEYS[i];
    if (key === undefined) throw new RangeError(`at most ${KEYS.length} feeds`);
    let head: FeedHead = emptyHead(key.peer, 'ledger');
    const entries: Candidate[] = [];
    for (const time of list) {
      const draft = { type: 'RECEIPT', body: { payload: { note: `Feed ${i} at ${time}` } } };
      const { accepted, head: next } = admit(head, [authorEntry(authorOf(key), head, draft, time)], time);
      entries.push(...accepted);
      head = next;
    }
    return { head, entries };
  });
  const all = feeds.flatMap(({ entries }, feed) => entries.map((entry) => ({ feed, entry })));
  return {
    batch: {
      entries: all.map(({ entry }) => entry),
      heads: feeds.map(({ head }) => head),
      subtrees: [],
      statements: [],
    },
    newestFirst: () =>
      all
        .toSorted((a, b) => b.entry.timestampMs - a.entry.timestampMs || a.feed - b.feed || b.entry.seq - a.entry.seq)
        .map(({ entry }) => toHex(entry.hash)),
  };
}
