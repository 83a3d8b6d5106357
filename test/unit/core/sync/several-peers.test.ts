import { equal, ok } from 'node:assert/strict';
import { admit, emptyHead } from '../../../../src/core/ledger/admission.ts';
import { decodeMessage, encodeMessage } from '../../../../src/core/sync/messages.ts';
import { chain, OPEN_FEDERATION, testKey } from '../fixtures.ts';
import { Harness } from './harness.ts';
import { type Conduct, type Provider, TimedLinks } from './timed-links.ts';

const WRITERS = 24;
const ENTRIES = 30;
/** So large that a delta has half a hundred of them. */
const TEXT = 'x'.repeat(10_000);

/**
 * In the worst order its share is given out anew when the others have ended theirs, and to the first of them alone: half as much again,
 * with three others.
 */
const HELD_UP_RATIO_MAX = 1.6;

const FEEDS = Array.from({ length: WRITERS }, (_, i) => {
  const key = testKey(100 + i);
  const drafts = Array.from({ length: ENTRIES }, (_, n) => ({ type: 'RECEIPT', body: { payload: { n, text: TEXT } } }));
  const entries = chain(key, drafts, 'ledger', OPEN_FEDERATION);
  return { entries, head: admit(emptyHead(key.peer, 'ledger'), entries, Number.POSITIVE_INFINITY).head };
});

/** A peer that holds all feeds. */
function provider(number: number, conduct: Conduct = (frame) => frame): Provider {
  const node = Harness.running(testKey(number), { federation: OPEN_FEDERATION, heads: FEEDS.map(({ head }) => head) });
  for (const { entries, head } of FEEDS) node.disk.set(`ledger ${head.origin}`, entries);
  return { node, conduct };
}

/** Sends one delta, and nothing after it, and ends nothing. */
function stalling(): Conduct {
  let deltas = 0;
  return (frame) => {
    if (deltas > 0) return undefined;
    if (decodeMessage(frame).kind === 'delta') deltas++;
    return frame;
  };
}

/** In each delta the last entry's signature has one wrong bit: neither its receipt hash nor the delta's root show it. */
const forging: Conduct = (frame) => {
  const message = decodeMessage(frame);
  if (message.kind !== 'delta') return frame;
  const runs = message.runs.map((run) => ({ ...run, entries: run.entries.map(withWrongBit) }));
  return encodeMessage({ ...message, runs });
};

function withWrongBit(entry: { readonly bytes: Uint8Array }, at: number, all: readonly unknown[]) {
  if (at < all.length - 1) return entry;
  const bytes = Uint8Array.from(entry.bytes);
  bytes[60] = (bytes[60] ?? 0) ^ 1;
  return { bytes };
}

/** How long a fresh node takes to hold everything. */
function catchUpMs(...providers: readonly Provider[]): number {
  const fetcher = Harness.running(testKey(9), { federation: OPEN_FEDERATION });
  const ms = new TimedLinks(fetcher, providers).runUntil(() => fetcher.state.durable.height === WRITERS * ENTRIES);
  ok(ms !== undefined, 'it never held everything');
  for (const { entries, head } of FEEDS) equal(fetcher.ledger(head.origin).length, entries.length);
  return ms;
}

describe('catching up from several peers (R-50, R-54, R-69)', () => {
  const honest = () => [1, 2, 3].map((number) => provider(number));
  let threeMs = 0;
  before(() => {
    threeMs = catchUpMs(...honest());
  });

  it('takes a part of the time that it takes from one, although none answers at the same moment as another', () => {
    ok(threeMs < 0.4 * catchUpMs(provider(1)), `${threeMs} ms`);
  });

  const cases: readonly (readonly [string, () => readonly Provider[]])[] = [
    ['one that stops in the middle of an answer, met first', () => [provider(4, stalling()), ...honest()]],
    ['one whose signatures are wrong, met first', () => [provider(5, forging), ...honest()]],
    ['both of these, met last', () => [...honest(), provider(4, stalling()), provider(5, forging)]],
  ];
  for (const [who, providers] of cases) {
    it(`is held up little by ${who}`, () => {
      const ms = catchUpMs(...providers());
      ok(ms < HELD_UP_RATIO_MAX * threeMs, `${ms} ms, and ${threeMs} ms without`);
    });
  }
});
