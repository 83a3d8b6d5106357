/** Nodes that hold a branch of Carol's feed, and what Bob sends them. */
import type { Candidate } from '../../../../src/core/entry/examine.ts';
import type { Effect } from '../../../../src/core/events.ts';
import type { DeltaCertificate } from '../../../../src/core/federation/feed-certificate.ts';
import { admit, emptyHead } from '../../../../src/core/ledger/admission.ts';
import type { FeedHead } from '../../../../src/core/ledger/feed.ts';
import type { ForkProof } from '../../../../src/core/ledger/fork.ts';
import { runOf, syncEventDraft } from '../../../../src/core/sync/delta.ts';
import { readHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { decodeMessage, type Outgoing } from '../../../../src/core/sync/messages.ts';
import { ALICE, BOB, CAROL, chain, EPOCH_MS, FEDERATION, type TestKey } from '../fixtures.ts';
import { branch, forkAt, voteFor } from '../forks.ts';
import { Harness, meet, ofKind, only, statementOf } from './harness.ts';

export const FORK_SEQ = 2;
export const LEFT = branch(CAROL, 6, FORK_SEQ, 'left');
export const RIGHT = branch(CAROL, 5, FORK_SEQ, 'right');
export const FORK = forkAt(FORK_SEQ, LEFT, RIGHT);
const ROOT = new Uint8Array(32).fill(5);

export function headOf(entries: readonly Candidate[]): FeedHead {
  const [first] = entries;
  return admit(emptyHead(first?.origin ?? CAROL.peer, 'ledger'), entries, EPOCH_MS * 2).head;
}

/** A node that holds these entries of one feed; its first heartbeat is out. */
export function holding(
  entries: readonly Candidate[],
  options: ConstructorParameters<typeof Harness>[1] & { readonly key?: TestKey } = {},
): Harness {
  const { key = ALICE, ...rest } = options;
  const head = headOf(entries);
  const node = new Harness(key, { heads: entries.length === 0 ? [] : [head], ...rest });
  node.disk.set(`ledger ${head.origin}`, [...entries]);
  for (const record of rest.seals ?? []) node.seals.set(record.proof.origin, record);
  node.run({ kind: 'tick' });
  return node;
}

/** A node whose first `size` entries three witnesses certified, by votes that it keeps. */
export function certifiedTo(
  entries: readonly Candidate[],
  size: number,
  voted: readonly number[] = [size, size, size],
) {
  const votes = [ALICE, BOB, CAROL].map((key, i) => voteFor(key, entries, voted[i] ?? size));
  const node = new Harness(ALICE, { heads: [headOf(entries)], certified: [{ origin: CAROL.peer, size }] });
  node.disk.set(`ledger ${CAROL.peer}`, [...entries]);
  for (const vote of votes) node.votes.set(`${CAROL.peer} ${vote.witness}`, vote);
  node.run({ kind: 'tick' });
  return node;
}

/** Bob's request that carries a proof. */
export function accusation(proof: ForkProof): Outgoing {
  const ranges = [{ origin: proof.origin, from: proof.seq, to: proof.seq + 4 }];
  return { kind: 'ranges_request', federation: FEDERATION.id, log: 'ledger', ranges, seals: [proof] };
}

/** Bob shows the node a proof, in a request of his. */
export function accuse(node: Harness, proof: ForkProof): readonly Effect[] {
  return node.frame(node.inbound(BOB), accusation(proof));
}

/** Bob's answer to a fetch: one run of Carol's entries, and what certifies it. */
export function deltaOf(entries: readonly Candidate[], ...certificates: readonly DeltaCertificate[]): Outgoing {
  return deltaTo(ALICE, entries, ...certificates);
}

/** The same for another node. */
export function deltaTo(
  target: TestKey,
  entries: readonly Candidate[],
  ...certificates: readonly DeltaCertificate[]
): Outgoing {
  const [event] = chain(BOB, [syncEventDraft(target.peer, [entries])], 'journal');
  if (event === undefined) throw new Error('there is an event');
  return { kind: 'delta', event: statementOf(event), runs: runOf(entries), certificates };
}

/** Bob claims so many entries of Carol; the stream on which the node asks him for them. */
export function claimed(node: Harness, size: number): { readonly stream: number; readonly effects: readonly Effect[] } {
  const effects = meet(node, BOB, [{ origin: CAROL.peer, size, root: ROOT }]);
  const [, fetch] = ofKind(effects, 'open').filter(({ frame }) => decodeMessage(frame).kind !== 'headers_request');
  return { stream: (fetch ?? only(effects, 'open')).stream, effects };
}

/** Bob claims, is asked, and serves this. */
export function receive(node: Harness, size: number, delta: Outgoing): readonly Effect[] {
  const { stream } = claimed(node, size);
  return [...node.frame(stream, delta), ...node.frame(stream, { kind: 'end', status: 'done' })];
}

/** Sizes of Carol's feed in the heartbeats among effects. */
export function told(effects: readonly Effect[]): number[] {
  return ofKind(effects, 'publish').flatMap(({ topic, data }) =>
    topic === 'heartbeat'
      ? readHeartbeat(data).heartbeat.checkpoints.flatMap(({ origin, size }) => (origin === CAROL.peer ? [size] : []))
      : [],
  );
}
