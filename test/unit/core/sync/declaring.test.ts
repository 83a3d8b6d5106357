/** A witness declares what its fold adopts: by itself, once, and nothing else. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { DAVE } from '../../../../scripts/vectors/epochs.ts';
import { BinaryReader } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import { readEntry } from '../../../../src/core/entry/codec.ts';
import type { Candidate } from '../../../../src/core/entry/examine.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import type { Draft, PlacedEntry } from '../../../../src/core/events.ts';
import { ALICE, BOB, CAROL, chain, receipt, type TestKey } from '../fixtures.ts';
import { Harness, ofKind } from './harness.ts';
import { headOf } from './sealing-rig.ts';

const PLACE = { epoch: 0, ballot: 0 };

function draft(body: Draft['body']): Draft {
  return { type: 'GOVERNANCE', body: { ...PLACE, ...body } };
}

const PROPOSAL = draft({ action: 'proposal', kind: 'policy', name: 'retention', value: 30 });
const HASH = toHex(chain(ALICE, [PROPOSAL])[0]?.hash ?? new Uint8Array());
const YES = draft({ action: 'vote', proposal: HASH, choice: 'yes' });
const DECISION = draft({ action: 'decision', proposal: HASH });

/** Alice has proposed, and all three witnesses have voted yes; the last of them only when `votes` is three. */
function feedsOf(votes: number, ...more: readonly Draft[]): Candidate[][] {
  const feeds = [chain(ALICE, [PROPOSAL, YES, ...more]), chain(BOB, [YES]), chain(CAROL, [YES])];
  return feeds.slice(0, votes);
}

type Options = ConstructorParameters<typeof Harness>[1];

/** A node on whose disk these feeds are, all of them final. It has not read what they say yet. */
function holding(key: TestKey, feeds: readonly Candidate[][], options: Options = {}): Harness {
  const heads = feeds.map((feed) => headOf(feed));
  const certified = heads.map(({ origin, size }) => ({ origin, size }));
  const node = new Harness(key, { heads, certified, ...options });
  for (const feed of feeds) node.disk.set(`ledger ${feed[0]?.origin}`, [...feed]);
  return node;
}

/** Lets the node read all governance entries that it asks for, until it asks for no more; and two heartbeats go by. */
function govern(node: Harness): void {
  let effects = node.tick();
  for (let [read] = ofKind(effects, 'governance'); read !== undefined; [read] = ofKind(effects, 'governance')) {
    const entries = read.ranges.flatMap(({ origin, from, to }) => node.ledger(origin).slice(from, to));
    effects = node.run({ kind: 'governance', job: read.job, entries: entries.filter(isGovernance) });
  }
  node.tick(5000);
}

function isGovernance({ bytes }: PlacedEntry): boolean {
  return readEntry(new BinaryReader(bytes)).type === 'GOVERNANCE';
}

/** The actions of governance in the node's own feed. */
function said(node: Harness): unknown[] {
  return node.ledger(node.state.self).map(({ bytes }) => {
    const { body } = readEntry(new BinaryReader(bytes));
    return JSON.parse(Buffer.from(body).toString('utf8')).action;
  });
}

describe('declaring', () => {
  it('is done by a witness when its fold has adopted something, once', () => {
    const node = holding(ALICE, feedsOf(3));
    govern(node);
    deepEqual(said(node), ['proposal', 'vote', 'decision']);
    const { body } = readEntry(new BinaryReader(node.ledger(ALICE.peer).at(-1)?.bytes ?? new Uint8Array()));
    deepEqual(JSON.parse(Buffer.from(body).toString('utf8')), { ...PLACE, action: 'decision', proposal: HASH });
  });

  it('is not done for what has too few votes', () => {
    const node = holding(ALICE, feedsOf(2));
    govern(node);
    deepEqual(said(node), ['proposal', 'vote']);
  });

  it('is not done again after a start, though the declaration is not final yet', () => {
    const node = holding(ALICE, feedsOf(3, DECISION), { governanceSigned: { vote: PLACE, declared: 0 } });
    govern(node);
    deepEqual(said(node), ['proposal', 'vote', 'decision']);
  });

  it('is not done by who is no witness', () => {
    const node = holding(DAVE, feedsOf(3));
    govern(node);
    equal(node.state.governing.fold.adopted?.proposal, HASH);
    deepEqual(said(node), []);
  });

  it('waits until the node may write', () => {
    const node = holding(BOB, feedsOf(3), { rejoin: 'untrusted' });
    govern(node);
    deepEqual(said(node), ['vote']);
    node.state.rejoin.open = true;
    node.tick();
    deepEqual(said(node), ['vote', 'decision']);
  });

  it('is refused to clients, while nothing or something else is adopted', () => {
    const node = holding(ALICE, feedsOf(2));
    govern(node);
    const [reply] = ofKind(node.append(DECISION), 'reply');
    ok(reply?.result instanceof TessraxError);
    equal(reply.result.code, 'ballot_not_open');
    match(reply.result.message, /has not adopted this proposal/);
  });

  it('ends proposing in that epoch', () => {
    const node = holding(ALICE, feedsOf(3));
    govern(node);
    const [reply] = ofKind(node.append(PROPOSAL), 'reply');
    ok(reply?.result instanceof TessraxError);
    match(reply.result.message, /has adopted .* and ends in a moment/);
    equal(ofKind(node.append(receipt(1)), 'reply')[0]?.result instanceof TessraxError, false);
  });
});
