/** Revocation: statements are gathered from entries and from gossip; with enough of them the node's feed is sealed. */

import type { Candidate } from '../entry/examine.ts';
import { isInForce, type Revocation } from '../ledger/revocation.ts';
import { isRevocation, type SealReason } from '../ledger/seal-reason.ts';
import { REVOKED_BAN_MS } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { type Accusation, hasSay, mayRevoke, revocationsIn, unheardName } from './accusations.ts';
import { encodeMessage } from './messages.ts';
import { sealFeed } from './sealing.ts';
import { emit, type NodeState } from './state.ts';
import type { Statement } from './statement.ts';

/** Takes the REVOCATION entries among those that are durable now. */
export function takeRevocations(state: NodeState, stored: readonly Candidate[]): void {
  for (const accusation of revocationsIn(state, stored)) {
    const { target, statement } = accusation;
    if (!hasSay(state, statement.origin, target)) {
      state.unheard.set(unheardName(statement.origin, target), accusation);
      continue;
    }
    takeAndSpread(state, target, statement);
  }
}

/** Statements of proofs that a peer has shown: they are heard like any others, since who has them may not meet everybody for long. */
export function newsIn(state: NodeState, proofs: readonly SealReason[]): Accusation[] {
  return proofs.flatMap((proof) =>
    isRevocation(proof)
      ? proof.statements.flatMap((statement) =>
          mayRevoke(state, statement.origin, proof.origin) ? [{ target: proof.origin, statement }] : [],
        )
      : [],
  );
}

/**
 * Takes a statement that is durable and did not come on the topic, and tells everyone there. Once: what is known is not taken again, and
 * the same statement told by many is one message, which nobody passes on twice.
 */
export function takeAndSpread(state: NodeState, target: PeerIdText, statement: Statement): void {
  if (state.revocations.get(target)?.has(statement.origin) === true) return; // heard on the topic meanwhile
  takeStatement(state, target, statement);
  emit(state, { kind: 'publish', topic: 'revocations', data: encodeMessage({ kind: 'revocation', statement }) });
}

/** Statements of nodes that are witnesses now count from now on, and go where nobody listened to them before. */
export function hearNewWitnesses(state: NodeState): void {
  for (const [name, { target, statement }] of state.unheard) {
    if (!hasSay(state, statement.origin, target)) continue;
    state.unheard.delete(name);
    if (mayRevoke(state, statement.origin, target)) takeAndSpread(state, target, statement);
  }
}

/** Takes a statement that is durable: a seal tells others of it, so it must not get lost any more. */
export function takeStatement(state: NodeState, target: PeerIdText, statement: Statement): void {
  const statements = state.revocations.get(target) ?? new Map<PeerIdText, Statement>();
  state.revocations.set(target, statements.set(statement.origin, statement));
  enforce(state, target);
}

/** Seals the feed when enough have spoken, and parts from the node. */
export function enforce(state: NodeState, target: PeerIdText): void {
  const statements = state.revocations.get(target);
  if (statements === undefined || !isInForce(state.epochs, target, new Set(statements.keys()))) return;
  const revocation: Revocation = { origin: target, seq: 0, statements: [...statements.values()] };
  sealFeed(state, revocation);
  part(state, target);
}

/** Puts in force what a crash kept from it. */
export function enforceAll(state: NodeState): void {
  for (const target of state.revocations.keys()) if (!isRevoked(state, target)) enforce(state, target);
}

/** Whether a node is revoked here. */
export function isRevoked(state: NodeState, peer: PeerIdText): boolean {
  const seal = state.seals.get(peer);
  return seal !== undefined && isRevocation(seal.proof);
}

/** Connections to and from a revoked node are closed and refused; a revoked node keeps those of others, to learn of it. */
export function part(state: NodeState, peer: PeerIdText): void {
  if (peer === state.self || !state.peers.has(peer)) return;
  emit(state, { kind: 'disconnect', peer, banMs: REVOKED_BAN_MS, code: 'revoked' });
}
