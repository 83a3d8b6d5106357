/** Vectors of what travels: the messages of the sync protocol, and heartbeats. */
import { sha256 } from '#sha256';
import { compareBytes, toHex } from '../../src/core/bytes.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import type { Candidate } from '../../src/core/entry/examine.ts';
import { admit, emptyHead } from '../../src/core/ledger/admission.ts';
import type { LogName } from '../../src/core/ledger/feed.ts';
import { type Checkpoint, checkpointOf, ledgerLeaf } from '../../src/core/ledger/ledger.ts';
import { rootOfLeaves } from '../../src/core/merkle/compact-range.ts';
import { publicKeyOf } from '../../src/core/peer-id.ts';
import { runOf, syncEventDraft } from '../../src/core/sync/delta.ts';
import { type HeartbeatDraft, readHeartbeat, signHeartbeat } from '../../src/core/sync/heartbeat.ts';
import { encodeMessage, type Outgoing } from '../../src/core/sync/messages.ts';
import { Reconciliation } from '../../src/core/sync/reconcile.ts';
import { SALT_BYTES } from '../../src/core/sync/salted-table.ts';
import { ALICE, BOB, CAROL, chain, EPOCH_MS, FEDERATION } from '../../test/unit/core/fixtures.ts';
import { deltaCertificate, headerOf } from '../../test/unit/core/forks.ts';
import { tableOf } from '../../test/unit/core/ledger/feed-tables.ts';
import { CONFIRMATION, EVENT, LEDGER } from './entries.ts';
import { CERTIFIED_SIZE, FEED_CERTIFICATE, FORK, LEFT, RIGHT } from './proofs.ts';

const federation = FEDERATION.id;

function checkpoint(entries: readonly Candidate[], origin: string, log: LogName): Checkpoint {
  return checkpointOf(admit(emptyHead(origin, log), entries, EPOCH_MS).head);
}

function statement(entries: readonly Candidate[]) {
  const [entry] = entries;
  if (entry === undefined) throw new Error('the journal of the vectors is empty');
  return { ...entry, entry };
}

const REVOCATION = chain(BOB, [{ type: 'REVOCATION', body: { reason: 'its key was stolen', target: CAROL.peer } }]);
/** Carol's entries from the fork on, but for the last that is certified. */
const BEYOND = LEFT.slice(FORK.seq, CERTIFIED_SIZE - 1);
const SALT = Uint8Array.from({ length: SALT_BYTES }, (_, i) => i);
const FEEDS = [ALICE, BOB, CAROL]
  .map(({ peer }, i) => ({ key: publicKeyOf(peer) ?? new Uint8Array(), size: i + 1, root: sha256(peer) }))
  .sort((a, b) => compareBytes(a.key, b.key));
const TABLE = tableOf(FEEDS);
const ALICE_LEDGER = checkpoint(LEDGER, ALICE.peer, 'ledger');

export const MESSAGES: readonly (readonly [string, Outgoing])[] = [
  ['frontier_request', { kind: 'frontier_request', federation, epoch: 0, checkpoints: [ALICE_LEDGER] }],
  ['frontier_request_empty', { kind: 'frontier_request', federation, epoch: 3, checkpoints: [] }],
  [
    'ranges_request',
    {
      kind: 'ranges_request',
      federation,
      log: 'ledger',
      ranges: [
        { origin: ALICE.peer, from: 0, to: 3 },
        { origin: BOB.peer, from: 127, to: 16_384 },
      ],
    },
  ],
  [
    'journal_request',
    { kind: 'ranges_request', federation, log: 'journal', ranges: [{ origin: ALICE.peer, from: 0, to: 1 }] },
  ],
  ['frontier', { kind: 'frontier', more: true, checkpoints: [ALICE_LEDGER] }],
  ['frontier_last', { kind: 'frontier', more: false, checkpoints: [] }],
  ['delta', { kind: 'delta', event: statement(EVENT), runs: runOf(LEDGER) }],
  ['confirm', { kind: 'confirm', statement: statement(CONFIRMATION) }],
  ['revocation', { kind: 'revocation', statement: statement(REVOCATION) }],
  [
    'reconcile_request',
    {
      kind: 'reconcile_request',
      federation,
      salt: SALT,
      ranges: new Reconciliation(TABLE, SALT).open(),
    },
  ],
  [
    'reconcile',
    {
      kind: 'reconcile',
      ranges: new Reconciliation(tableOf(FEEDS.slice(1)), SALT).answer(new Reconciliation(TABLE, SALT).open()).ranges,
    },
  ],
  ['end_done', { kind: 'end', status: 'done' }],
  ['end_busy', { kind: 'end', status: 'busy' }],
  ['end_refused', { kind: 'end', status: 'refused' }],
  ['entries', { kind: 'entries', runs: runOf(EVENT) }],
  [
    'ranges_request_sealed',
    {
      kind: 'ranges_request',
      federation,
      log: 'ledger',
      ranges: [{ origin: CAROL.peer, from: FORK.seq, to: CERTIFIED_SIZE }],
      seals: [FORK],
    },
  ],
  [
    'delta_certified',
    {
      kind: 'delta',
      event: statement(chain(BOB, [syncEventDraft(ALICE.peer, [BEYOND])], 'journal')),
      runs: runOf(BEYOND),
      certificates: [deltaCertificate(LEFT, CERTIFIED_SIZE - 1, FEED_CERTIFICATE)],
    },
  ],
  ['headers_request', { kind: 'headers_request', federation, origin: CAROL.peer, seqs: [0, 1, 2, 3] }],
  ['headers', { kind: 'headers', headers: RIGHT.slice(1, 3).map((entry) => ({ ...entry, header: headerOf(entry) })) }],
  ['headers_none', { kind: 'headers', headers: [] }],
];

export function messageVectors(): JsonObject {
  return {
    about:
      'Messages of /tessrax/sync/1.0.0, without the length in front (R-35 to R-39). Those with entries hold entries of entries.json; the last ones are about the feed of proofs.json.',
    federation,
    messages: MESSAGES.map(([name, message]) => ({ name, kind: message.kind, bytes: toHex(encodeMessage(message)) })),
  };
}

export const HEARTBEATS: readonly (readonly [string, HeartbeatDraft])[] = [
  [
    'first',
    {
      federation,
      node: ALICE.peer,
      epoch: 0,
      closed: false,
      counter: 0,
      timestampMs: EPOCH_MS,
      height: 0,
      feeds: 0,
      root: checkpoint([], ALICE.peer, 'ledger').root,
      journal: checkpoint([], ALICE.peer, 'journal'),
      checkpoints: [],
    },
  ],
  [
    'later',
    {
      federation,
      node: ALICE.peer,
      epoch: 1,
      closed: true,
      counter: 1025,
      timestampMs: EPOCH_MS + 5000,
      height: 3,
      feeds: 1,
      root: rootOfLeaves([ledgerLeaf(ALICE_LEDGER)]),
      journal: checkpoint(EVENT, ALICE.peer, 'journal'),
      checkpoints: [ALICE_LEDGER],
    },
  ],
];

export function heartbeatVectors(): JsonObject {
  return {
    about:
      'Heartbeats as they are published (R-40, R-41). signed_part is what the signature is over, by way of signed_message.',
    heartbeats: HEARTBEATS.map(([name, draft]) => {
      let signedMessage = '';
      const bytes = signHeartbeat(draft, (message) => {
        signedMessage = toHex(message);
        return ALICE.sign(message);
      });
      const { heartbeat, core } = readHeartbeat(bytes);
      return {
        name,
        node: heartbeat.node,
        counter: heartbeat.counter,
        timestamp: heartbeat.timestampMs,
        height: heartbeat.height,
        feeds: heartbeat.feeds,
        root: toHex(heartbeat.root),
        journal: checkpointJson(heartbeat.journal),
        checkpoints: heartbeat.checkpoints.map(checkpointJson),
        changed_root: toHex(heartbeat.changedRoot),
        signed_part: toHex(core),
        signed_message: signedMessage,
        bytes: toHex(bytes),
      };
    }),
  };
}

function checkpointJson({ origin, size, root }: Checkpoint): JsonObject {
  return { origin, size, root: toHex(root) };
}
