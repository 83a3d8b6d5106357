/** Messages of the sync protocol, and what is said on the gossip topics. */
import { concat } from '../../src/core/bytes.ts';
import { examineRun } from '../../src/core/entry/examine.ts';
import { EVERYONE } from '../../src/core/entry/types.ts';
import { TessraxError } from '../../src/core/errors.ts';
import type { GossipTopic, SignatureJob } from '../../src/core/events.ts';
import { examineFeedCertificate, isPrefix } from '../../src/core/federation/feed-certificate.ts';
import { headerHash } from '../../src/core/ledger/fork.ts';
import { examineSealReason } from '../../src/core/ledger/seal-reason.ts';
import { examineDelta, examineStatement, runOf, syncEventDraft } from '../../src/core/sync/delta.ts';
import { type HeartbeatDraft, signHeartbeat } from '../../src/core/sync/heartbeat.ts';
import { decodeMessage, encodeMessage, type Message } from '../../src/core/sync/messages.ts';
import {
  ALICE,
  BOB,
  CAROL,
  chain,
  FEDERATION,
  MALLORY,
  OPEN_FEDERATION,
  receipts,
} from '../../test/unit/core/fixtures.ts';
import { checkpointOfEntries, heartbeatDraft } from '../../test/unit/core/forks.ts';
import { bannedFor, Harness, ofKind, statementOf } from '../../test/unit/core/sync/harness.ts';
import { CONFIRMATION, EVENT, LEDGER } from './entries.ts';
import type { Forgery, Kind } from './kind.ts';
import { MESSAGES } from './messages.ts';
import { LEFT } from './proofs.ts';

/** The example of each message, by its vector; the rule; and whether all of it stands under signatures. */
const EXAMPLES: Readonly<Record<Message['kind'], readonly [vector: string, rule: string, sealed: boolean]>> = {
  frontier_request: ['frontier_request', 'R-51', false],
  ranges_request: ['ranges_request_sealed', 'R-52', false],
  frontier: ['frontier', 'R-51', false],
  delta: ['delta_certified', 'R-53', true],
  confirm: ['confirm', 'R-58', true],
  end: ['end_done', 'R-56', false],
  entries: ['entries', 'R-59', true],
  headers_request: ['headers_request', 'R-94', false],
  headers: ['headers', 'R-94', true],
};

export function messageKinds(): readonly Kind[] {
  return Object.entries(EXAMPLES).map(([kind, [vector, rule, sealed]]) => {
    const message = MESSAGES.find(([name]) => name === vector)?.[1];
    if (message?.kind !== kind) throw new Error(`there is no vector ${vector}`);
    const good = encodeMessage(message);
    return {
      name: `message ${kind}`,
      rule,
      sealed,
      good,
      judge: (bytes) => judge(decodeMessage(bytes)),
      again: (bytes) => encodeMessage(decodeMessage(bytes)),
      forgeries: forgeriesOf(message.kind, good),
    };
  });
}

const WITNESSES = new Set(FEDERATION.witnesses.map(({ peer }) => peer));

/** What Alice says to a message of Bob, as far as it can be said without knowing what was asked. */
function judge(message: Message): SignatureJob[] {
  switch (message.kind) {
    case 'frontier_request':
    case 'ranges_request':
    case 'headers_request':
      if (message.federation !== FEDERATION.id) throw new TessraxError('wrong_federation', 'of another federation');
      return message.kind === 'ranges_request'
        ? message.seals.flatMap((seal) => examineSealReason(seal, FEDERATION))
        : [];
    case 'delta': {
      const { runs, eventJobs } = examineDelta(message, {
        source: BOB.peer,
        target: ALICE.peer,
        federation: FEDERATION.id,
      });
      const certified = message.certificates.flatMap((certificate) => {
        const ends = checkpointOfEntries(LEFT, (runs[0]?.at(-1)?.seq ?? 0) + 1);
        if (!isPrefix(ends, certificate.checkpoint, certificate.path))
          throw new TessraxError('certificate_vote', 'the run does not lead to what is certified');
        return examineFeedCertificate(certificate, FEDERATION.id, WITNESSES, FEDERATION.threshold);
      });
      return [...eventJobs, ...runs.flat().flatMap(({ jobs }) => jobs), ...certified];
    }
    case 'confirm':
      return [...examineStatement(message.statement, 'SYNC_CONFIRMED', FEDERATION.id).jobs];
    case 'entries':
      return message.runs.flatMap((run) => examineRun(run, FEDERATION.id).flatMap(({ jobs }) => jobs));
    case 'headers':
      return message.headers.map(({ seq, prev, header }) => ({
        domain: 'entry',
        key: CAROL.publicKey,
        hash: headerHash({ origin: CAROL.peer, seq, prev }, header, FEDERATION.id),
        signature: header.signature,
      }));
    case 'frontier':
    case 'end':
      return [];
  }
}

const OTHER = OPEN_FEDERATION.id;
const RANGES = [{ origin: ALICE.peer, from: 0, to: 1 }];

function forgeriesOf(kind: Message['kind'], good: Uint8Array): readonly Forgery[] {
  const foreign = (bytes: Uint8Array): Forgery => [
    'wrong federation',
    'a request to another federation',
    bytes,
    'wrong_federation',
  ];
  switch (kind) {
    case 'frontier_request':
      return [
        foreign(encodeMessage({ kind, federation: OTHER, checkpoints: [] })),
        ['over-long', '8001 checkpoints', concat(good.subarray(0, 33), Uint8Array.of(0xc1, 0x3e)), 'wire_count'],
      ];
    case 'ranges_request':
      return [
        foreign(encodeMessage({ kind, federation: OTHER, log: 'ledger', ranges: RANGES })),
        ['over-long', '257 ranges', concat(good.subarray(0, 34), Uint8Array.of(0x81, 2)), 'wire_count'],
      ];
    case 'headers_request':
      return [
        foreign(encodeMessage({ kind, federation: OTHER, origin: CAROL.peer, seqs: [0] })),
        ['over-long', '17 places', concat(good.subarray(0, 65), Uint8Array.of(17)), 'wire_count'],
      ];
    case 'frontier':
      return [['over-long', '8001 checkpoints', Uint8Array.of(3, 0, 0xc1, 0x3e), 'wire_count']];
    case 'delta':
      return deltaForgeries();
    case 'confirm':
      return [
        [
          'does not fit',
          'a SYNC_EVENT',
          encodeMessage({ kind, statement: statementOf(first(EVENT)) }),
          'statement_type',
        ],
      ];
    case 'entries':
      return [['does not fit', 'a ledger', encodeMessage({ kind, runs: runOf(LEDGER) }), 'schema_violation']];
    case 'headers':
      return [['over-long', '17 headers', Uint8Array.of(9, 17), 'wire_count']];
    case 'end':
      return [['does not fit', 'status 3', Uint8Array.of(6, 3), 'wire_code']];
  }
}

function deltaForgeries(): readonly Forgery[] {
  const runs = runOf(LEFT.slice(0, 2));
  const delta = (draft = syncEventDraft(ALICE.peer, [LEFT.slice(0, 2)]), by = BOB, federation = FEDERATION) =>
    encodeMessage({ kind: 'delta', event: statementOf(first(chain(by, [draft], 'journal', federation))), runs });
  const confirmed = encodeMessage({ kind: 'delta', event: statementOf(first(CONFIRMATION)), runs });
  return [
    ['wrong signer', 'a SYNC_EVENT of another', delta(undefined, CAROL), 'delta_source'],
    [
      'wrong federation',
      'a SYNC_EVENT of another federation',
      delta(undefined, BOB, OPEN_FEDERATION),
      'signature_invalid',
    ],
    ['does not fit', 'a SYNC_CONFIRMED in its place', confirmed, 'statement_type'],
    ['does not fit', 'meant for another', delta(syncEventDraft(CAROL.peer, [LEFT.slice(0, 2)])), 'delta_target'],
    [
      'does not fit',
      'an entry more than it names',
      delta(syncEventDraft(ALICE.peer, [LEFT.slice(0, 1)])),
      'delta_ranges',
    ],
    ['does not fit', 'another root', delta(otherRoot()), 'delta_root_mismatch'],
  ];
}

function otherRoot() {
  const draft = syncEventDraft(ALICE.peer, [LEFT.slice(0, 2)]);
  return { ...draft, body: { ...draft.body, delta_merkle_root: '00'.repeat(32) } };
}

/** The counter of the last heartbeat of Bob that Alice has heard. */
const HEARD = 7;

/** What a node that runs says to a message on a topic: the code it parts with the sender for, or `ignored`. */
function judgeGossip(topic: GossipTopic, data: Uint8Array): SignatureJob[] {
  const node = new Harness(ALICE);
  node.state.counters.set(BOB.peer, HEARD);
  const effects = node.gossip(topic, CAROL, data);
  const [said] = ofKind(effects, 'gossip_verdict');
  if (said?.verdict === 'accept') return [];
  throw new TessraxError(bannedFor(effects) ?? 'ignored', 'not taken');
}

const GOSSIP: Readonly<Record<GossipTopic, () => Omit<Kind, 'name' | 'sealed' | 'judge'>>> = {
  heartbeat: () => ({ rule: 'R-40', good: heartbeat({}), forgeries: heartbeatForgeries() }),
  entries: () => ({ rule: 'R-45', good: push(), forgeries: pushForgeries() }),
};

export function gossipKinds(): readonly Kind[] {
  return (['heartbeat', 'entries'] as const satisfies readonly GossipTopic[]).map((topic) => ({
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
    ['wrong signer', 'of one who may not write', stranger, 'not_a_writer'],
    ['does not fit', 'meant for one node', push(receipts(BOB, 2), BOB, ALICE.peer), 'delta_target'],
    ['does not fit', 'another message', encodeMessage({ kind: 'end', status: 'done' }), 'message_unexpected'],
    ['over-long', '65 entries', push(receipts(BOB, 65)), 'push_invalid'],
  ];
}

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new RangeError('the list is empty');
  return item;
}
