import { EVERYONE } from '../../src/core/entry/types.ts';
import { TessraxError } from '../../src/core/errors.ts';
import type { GossipTopic, SignatureJob } from '../../src/core/events.ts';
import { runOf, syncEventDraft } from '../../src/core/sync/delta.ts';
import { type HeartbeatDraft, signHeartbeat } from '../../src/core/sync/heartbeat.ts';
import { encodeMessage } from '../../src/core/sync/messages.ts';
import {
  ALICE,
  BOB,
  CAROL,
  chain,
  MALLORY,
  OPEN_FEDERATION,
  receipts,
  testKey,
} from '../../test/unit/core/fixtures.ts';
import { checkpointOfEntries, heartbeatDraft } from '../../test/unit/core/forks.ts';
import { bannedFor, Harness, ofKind, statementOf } from '../../test/unit/core/sync/harness.ts';
import { type Forgery, forgedStatement, type Kind } from './kind.ts';
import { LEFT } from './proofs.ts';

const OTHER = OPEN_FEDERATION.id;

/** The counter of the last heartbeat of Bob that Alice has heard. */
const HEARD = 7;

/** What a node that runs says to a message on a topic: the code it parts with the sender for, or `ignored`. */
function judgeGossip(topic: GossipTopic, data: Uint8Array): SignatureJob[] {
  const node = new Harness(ALICE);
  node.state.counters.set(BOB.peer, HEARD);
  if (topic === 'revocations') node.gossip(topic, CAROL, revoking(CAROL));
  const effects = node.gossip(topic, CAROL, data);
  const [said] = ofKind(effects, 'gossip_verdict');
  if (said?.verdict === 'accept') return [];
  throw new TessraxError(bannedFor(effects) ?? 'ignored', 'not taken');
}

const GOSSIP: Readonly<Record<GossipTopic, () => Omit<Kind, 'name' | 'sealed' | 'judge'>>> = {
  heartbeat: () => ({ rule: 'R-40', good: heartbeat({}), forgeries: heartbeatForgeries() }),
  entries: () => ({ rule: 'R-45', good: push(), forgeries: pushForgeries() }),
  revocations: () => ({ rule: 'R-99', good: revoking(), forgeries: revocationForgeries() }),
};

export function gossipKinds(): readonly Kind[] {
  return (['heartbeat', 'entries', 'revocations'] as const satisfies readonly GossipTopic[]).map((topic) => ({
    name: `gossip ${topic}`,
    sealed: true,
    judge: (bytes) => judgeGossip(topic, bytes),
    ...GOSSIP[topic](),
  }));
}

function heartbeat(change: Partial<HeartbeatDraft>, signer = BOB): Uint8Array {
  const held = [checkpointOfEntries(LEFT, 4)];
  return signHeartbeat(heartbeatDraft(BOB, held, { counter: HEARD + 1, ...change }), signer.sign);
}

function heartbeatForgeries(): readonly Forgery[] {
  const many = Array.from({ length: 201 }, () => checkpointOfEntries(LEFT, 4));
  return [
    ['wrong signer', 'signed by another', heartbeat({}, MALLORY), 'signature_invalid'],
    ['wrong federation', 'of another federation', heartbeat({ federation: OTHER }), 'wrong_federation'],
    ['old after new', 'the counter of the last one', heartbeat({ counter: HEARD }), 'ignored'],
    ['old after new', 'a counter before the last one', heartbeat({ counter: 0 }), 'ignored'],
    ['over-long', '201 checkpoints', heartbeat({ checkpoints: many }), 'wire_count'],
  ];
}

function push(entries = receipts(BOB, 2), by = BOB, target: string = EVERYONE): Uint8Array {
  const event = first(chain(by, [syncEventDraft(target, [entries])], 'journal'));
  return encodeMessage({ kind: 'delta', event: statementOf(event), runs: runOf(entries) });
}

function pushForgeries(): readonly Forgery[] {
  const stranger = push(receipts(MALLORY, 1), MALLORY);
  return [
    ['wrong signer', "another's entries under one's own SYNC_EVENT", push(receipts(BOB, 2), CAROL), 'push_invalid'],
    ['wrong signer', 'of one who may not write', stranger, 'ignored'],
    ['does not fit', 'meant for one node', push(receipts(BOB, 2), BOB, ALICE.peer), 'delta_target'],
    ['does not fit', 'another message', encodeMessage({ kind: 'end', status: 'done' }), 'message_unexpected'],
    ['over-long', '65 entries', push(receipts(BOB, 65)), 'push_invalid'],
  ];
}

/** A statement of a witness that Mallory's key is stolen. */
function revoking(by = BOB, change: Parameters<typeof forgedStatement>[3] = {}): Uint8Array {
  const body = { target: MALLORY.peer, reason: 'stolen' };
  return encodeMessage({ kind: 'revocation', statement: forgedStatement(by, 'REVOCATION', body, change) });
}

function revocationForgeries(): readonly Forgery[] {
  const receipt = encodeMessage({ kind: 'revocation', statement: statementOf(first(receipts(BOB, 1))) });
  return [
    ['wrong signer', 'signed by another', revoking(BOB, { signer: CAROL }), 'signature_invalid'],
    ['wrong signer', 'of one who has no say', revoking(testKey(9)), 'ignored'],
    ['wrong federation', 'signed for another federation', revoking(BOB, { federation: OTHER }), 'signature_invalid'],
    ['old after new', 'a statement that is known', revoking(CAROL), 'ignored'],
    ['does not fit', 'a receipt', receipt, 'revocation_invalid'],
    ['does not fit', 'another message', encodeMessage({ kind: 'end', status: 'done' }), 'message_unexpected'],
  ];
}

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new RangeError('the list is empty');
  return item;
}
