import { deepEqual, equal, ok } from 'node:assert/strict';
import { sha256 } from '#sha256';
import { equalBytes } from '../../../../src/core/bytes.ts';
import { ZERO_HASH } from '../../../../src/core/entry/header.ts';
import type { Effect, PlacedEntry } from '../../../../src/core/events.ts';
import { headerHash } from '../../../../src/core/ledger/fork.ts';
import { PROBES_MAX, SESSION_BACKOFF_MS, STREAM_IDLE_MS_MAX } from '../../../../src/core/limits.ts';
import { encodeMessage, type Message, type Outgoing, type PlacedHeader } from '../../../../src/core/sync/messages.ts';
import { probes } from '../../../../src/core/sync/search.ts';
import { BOB, CAROL, FEDERATION, plain } from '../fixtures.ts';
import { at, checkpointOfEntries, headerOf } from '../forks.ts';
import { bannedFor, type Harness, hashes, meet, notes, ofKind, only, sent } from './harness.ts';
import { deltaOf, FORK, FORK_SEQ, headOf, holding, LEFT, RIGHT, receive } from './sealing-rig.ts';

type HeadersRequest = Extract<Message, { kind: 'headers_request' }>;

/** What the node asks for in searches, and on which stream. */
function searches(effects: readonly Effect[]): { readonly stream: number; readonly request: HeadersRequest }[] {
  return ofKind(effects, 'open').flatMap((open) =>
    sent([open]).flatMap((request) => (request.kind === 'headers_request' ? [{ stream: open.stream, request }] : [])),
  );
}

function search(effects: readonly Effect[]): { readonly stream: number; readonly request: HeadersRequest } {
  const [found, ...more] = searches(effects);
  if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} searches, or none`);
  return found;
}

function headersOf(entries: readonly PlacedHeader[], seqs: readonly number[]): Outgoing {
  return { kind: 'headers', headers: seqs.flatMap((seq) => entries.filter((entry) => entry.seq === seq)) };
}

const RIGHTS: readonly PlacedHeader[] = RIGHT.map((entry) => ({ ...entry, header: headerOf(entry) }));
const LEFTS: readonly PlacedHeader[] = LEFT.map((entry) => ({ ...entry, header: headerOf(entry) }));

/** A node that holds the left branch and hears that Bob has another root at that size. */
function suspecting(): { readonly node: Harness; readonly stream: number; readonly request: HeadersRequest } {
  const node = holding(LEFT.slice(0, 5));
  return { node, ...search(meet(node, BOB, [checkpointOfEntries(RIGHT)])) };
}

/** After a session that failed frontiers are compared first: Bob answers. */
function compared(node: Harness, effects: readonly Effect[]): readonly Effect[] {
  const { stream } = only(effects, 'open');
  return node.frame(stream, { kind: 'frontier', more: false, checkpoints: [checkpointOfEntries(RIGHT)] });
}

describe('search for a fork (R-94)', () => {
  it('begins when a peer has another root at the size that we hold, and ends with the proof', () => {
    const { node, stream, request } = suspecting();
    deepEqual([request.origin, request.seqs], [CAROL.peer, [0, 1, 2, 3, 4]]);
    const effects = node.frame(stream, headersOf(RIGHTS, request.seqs));
    const [next] = searches(effects);
    equal(next, undefined);
    deepEqual(plain(node.seals.get(CAROL.peer)?.proof), plain(FORK));
    deepEqual(hashes(node.ledger(CAROL.peer)), hashes(LEFT.slice(0, FORK_SEQ)));
  });

  it('begins when what a peer serves does not continue our branch, and blames nobody', () => {
    const node = holding(LEFT.slice(0, 4));
    const effects = receive(node, 5, deltaOf(RIGHT.slice(4)));
    equal(bannedFor(effects), undefined);
    const { stream, request } = search(node.tick(SESSION_BACKOFF_MS));
    deepEqual(request.seqs, [0, 1, 2, 3]);
    node.frame(stream, headersOf(RIGHTS, request.seqs));
    deepEqual(plain(node.seals.get(CAROL.peer)?.proof), plain(FORK));
  });

  it('ends with nothing when the branches are one', () => {
    const { node, stream, request } = suspecting();
    const effects = node.frame(stream, headersOf(LEFTS, request.seqs));
    deepEqual([searches(effects), bannedFor(effects), node.seals.size], [[], undefined, 0]);
    equal(node.state.peers.get(BOB.peer)?.suspects.size, 0);
  });

  it('ends with nothing when the peer holds none of it', () => {
    const { node, stream } = suspecting();
    const effects = node.frame(stream, { kind: 'headers', headers: [] });
    deepEqual([searches(effects), bannedFor(effects), node.seals.size], [[], undefined, 0]);
  });

  it('is tried again after a stream that broke or fell silent', () => {
    const { node, stream } = suspecting();
    node.run({ kind: 'stream_closed', stream, reason: 'broken' });
    const again = search(compared(node, node.tick(SESSION_BACKOFF_MS)));
    const effects = node.tick(STREAM_IDLE_MS_MAX);
    deepEqual(
      ofKind(effects, 'abort').map((abort) => [abort.stream, abort.code]),
      [[again.stream, 'stalled']],
    );
    search(compared(node, node.tick(SESSION_BACKOFF_MS * 2)));
  });
});

describe('search: answers refused', () => {
  const headers = RIGHTS.slice(0, 5);
  const cases: readonly (readonly [string, readonly PlacedHeader[]])[] = [
    ['that leave out the first', headers.slice(1)],
    ['that leave out one in the middle', headers.filter(({ seq }) => seq !== 1)],
    ['that are the last alone', headers.slice(4)],
    ['out of order', [...headers].reverse()],
    ['with one twice', [...headers.slice(0, 1), ...headers.slice(0, 4)]],
    ['with one that was not asked for', [...headers, { ...headerAt(headers, 4), seq: 5 }]],
    [
      'of another predecessor where they begin to differ',
      headers.map((one) => (one.seq === 2 ? { ...one, prev: ZERO_HASH } : one)),
    ],
  ];
  for (const [what, answer] of cases) {
    it(what, () => {
      const { node, stream } = suspecting();
      equal(bannedFor(node.frame(stream, { kind: 'headers', headers: answer })), 'headers_invalid');
      equal(node.seals.size, 0);
      equal(node.ledger(CAROL.peer).length, 5);
    });
  }

  it('that come twice', () => {
    const { node, stream, request } = suspecting();
    const data = encodeMessage(headersOf(RIGHTS, request.seqs));
    node.step({ kind: 'frame', stream, data });
    equal(bannedFor(node.step({ kind: 'frame', stream, data })), 'headers_invalid');
  });

  it('with a header that its origin never signed: the peer made it up', () => {
    const { node, stream, request } = suspecting();
    const made = RIGHTS.map((one) => ({
      ...one,
      header: { ...one.header, timestampMs: one.header.timestampMs + one.seq },
    }));
    const faked = made.map((one) => (one.seq < FORK_SEQ ? headerAt(RIGHTS, one.seq) : one));
    equal(bannedFor(node.frame(stream, headersOf(faked, request.seqs))), 'signature_invalid');
    equal(node.seals.size, 0);
  });

  it('of another kind', () => {
    const { node, stream } = suspecting();
    equal(bannedFor(node.frame(stream, deltaOf(RIGHT.slice(4)))), 'message_unexpected');
  });
});

function headerAt(headers: readonly PlacedHeader[], index: number): PlacedHeader {
  const header = headers[index];
  if (header === undefined) throw new RangeError(`no header ${index}`);
  return header;
}

describe('search: answering', () => {
  function answered(node: Harness, seqs: readonly number[]): Message[] {
    const stream = node.inbound(BOB);
    return sent(
      node.frame(stream, { kind: 'headers_request', federation: FEDERATION.id, origin: CAROL.peer, seqs }),
      stream,
    );
  }

  it('gives the headers asked for, each with its predecessor', () => {
    const [message] = answered(holding(RIGHT), [0, 2, 4]);
    deepEqual(plain(message), plain({ kind: 'headers', headers: [0, 2, 4].map((seq) => pick(headerAt(RIGHTS, seq))) }));
  });

  it('leaves out what it does not hold', () => {
    const [message] = answered(holding(RIGHT), [3, 4, 5, 6]);
    ok(message?.kind === 'headers');
    deepEqual(
      message.headers.map(({ seq }) => seq),
      [3, 4],
    );
    deepEqual(plain(answered(holding([]), [0, 1])), [{ kind: 'headers', headers: [] }]);
  });

  it('refuses another federation', () => {
    const node = holding(RIGHT);
    const federation = '00'.repeat(32);
    const request: Outgoing = { kind: 'headers_request', federation, origin: CAROL.peer, seqs: [0] };
    equal(bannedFor(node.frame(node.inbound(BOB), request)), 'wrong_federation');
  });
});

function pick({ seq, prev, header }: PlacedHeader): PlacedHeader {
  return { seq, prev, header };
}

describe('search: its cost', () => {
  it('is at most sixteen places a round, the ends among them', () => {
    for (const [low, high] of [
      [0, 0],
      [5, 6],
      [0, 15],
      [0, 16],
      [3, 1000],
      [0, Number.MAX_SAFE_INTEGER],
    ] as const) {
      const seqs = probes(low, high);
      ok(seqs.length <= PROBES_MAX);
      equal(seqs.at(-1), high);
      if (high > low) equal(seqs[0], low);
      ok(
        seqs.every((seq, i) => i === 0 || seq > (seqs[i - 1] ?? seq)),
        `${low} to ${high}`,
      );
    }
  });

  const SIZE = 1_000_000;
  const OURS = headerOf(at(LEFT, 0));
  const THEIRS = headerOf(at(RIGHT, 3));

  /** A feed too long to be made: each entry is there when it is asked for. Only at the fork must the chain be one. */
  function entryAt(seq: number, fork: number): PlacedEntry & PlacedHeader {
    const prev = seq === 0 ? ZERO_HASH : seq === fork ? entryAt(seq - 1, -1).hash : sha256(`before ${seq}`);
    const hash = headerHash({ origin: CAROL.peer, seq, prev }, OURS, FEDERATION.id);
    return { origin: CAROL.peer, log: 'ledger', seq, prev, hash, bytes: at(LEFT, 0).bytes, header: OURS };
  }

  /** How many rounds it takes until the two headers at the fork are to be verified. */
  function roundsTo(fork: number): number {
    const hash = sha256('peak');
    const head = { ...headOf(LEFT), size: SIZE, peaks: Array.from({ length: 7 }, () => hash) };
    const node = holding([], { heads: [head] });
    let effects = meet(node, BOB, [{ origin: CAROL.peer, size: SIZE, root: hash }]);
    for (let rounds = 1; rounds < 20; rounds++) {
      const { stream, request } = search(effects);
      const headers = request.seqs.map((seq) => {
        const { prev } = entryAt(seq, fork);
        return { seq, prev, header: seq < fork ? OURS : THEIRS };
      });
      const read = only(
        node.step({ kind: 'frame', stream, data: encodeMessage({ kind: 'headers', headers }) }),
        'read',
      );
      const entries = read.ranges.flatMap(({ from, to }) =>
        Array.from({ length: to - from }, (_, i) => entryAt(from + i, fork)),
      );
      effects = node.step({ kind: 'read', job: read.job, entries });
      const [verify] = ofKind(effects, 'verify');
      if (verify === undefined) continue;
      const hashOfOurs = entryAt(fork, fork).hash;
      ok(
        verify.items.some((item) => equalBytes(item.hash, hashOfOurs)),
        `not the fork at ${fork}`,
      );
      return rounds;
    }
    return Number.POSITIVE_INFINITY;
  }

  it('is at most six rounds for a million places, wherever the fork is', () => {
    const forks = [0, 1, 15, 66_666, 66_667, 123_456, 499_999, 777_777, SIZE - 2, SIZE - 1];
    for (const fork of forks) ok(roundsTo(fork) <= 6, `fork at ${fork}: ${roundsTo(fork)} rounds`);
  });
});

describe('search: no more is suspected than can be', () => {
  it('of a feed that is sealed at its first entry', () => {
    const node = holding(LEFT.slice(0, 5), {
      seals: [{ proof: { ...FORK, seq: 0 }, certificate: undefined, scarred: true }],
    });
    deepEqual(searches(meet(node, BOB, [checkpointOfEntries(RIGHT)])), []);
    deepEqual(notes(node.tick(1), 'session_failed'), []);
  });
});
