/** Messages of the sync protocol. */
import { concat } from '../../src/core/bytes.ts';
import { examineRun } from '../../src/core/entry/examine.ts';
import { TessraxError } from '../../src/core/errors.ts';
import type { SignatureJob } from '../../src/core/events.ts';
import { EpochChain } from '../../src/core/federation/epoch-chain.ts';
import { examineFeedCertificate, isPrefix } from '../../src/core/federation/feed-certificate.ts';
import { headerHash } from '../../src/core/ledger/fork.ts';
import { examineSealReason } from '../../src/core/ledger/seal-reason.ts';
import { RECONCILE_RANGES_MAX } from '../../src/core/limits.ts';
import { examineDelta, examineStatement, runOf, syncEventDraft } from '../../src/core/sync/delta.ts';
import { decodeMessage, encodeMessage, type Message } from '../../src/core/sync/messages.ts';
import { SALT_BYTES } from '../../src/core/sync/salted-table.ts';
import { ALICE, BOB, CAROL, chain, FEDERATION, OPEN_FEDERATION } from '../../test/unit/core/fixtures.ts';
import { checkpointOfEntries } from '../../test/unit/core/forks.ts';
import { statementOf } from '../../test/unit/core/sync/harness.ts';
import { CONFIRMATION, EVENT, LEDGER } from './entries.ts';
import { type Forgery, type Kind, written } from './kind.ts';
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
  revocation: ['revocation', 'R-99', true],
  reconcile_request: ['reconcile_request', 'R-105', false],
  reconcile: ['reconcile', 'R-105', false],
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

/** Who judges: the witnesses of the federation file. */
const JUDGES = new EpochChain(FEDERATION);

/** What Alice says to a message of Bob, as far as it can be said without knowing what was asked. */
function judge(message: Message): SignatureJob[] {
  switch (message.kind) {
    case 'frontier_request':
    case 'ranges_request':
    case 'headers_request':
    case 'reconcile_request':
      if (message.federation !== FEDERATION.id) throw new TessraxError('wrong_federation', 'of another federation');
      return message.kind === 'ranges_request' ? message.seals.flatMap((seal) => examineSealReason(seal, JUDGES)) : [];
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
        return examineFeedCertificate(certificate, FEDERATION.id, JUDGES.current);
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
    case 'revocation': {
      const { origin, seq, prev, entry } = message.statement;
      return examineRun({ origin, log: 'ledger', from: seq, prev, entries: [entry] }, FEDERATION.id).flatMap(
        ({ jobs }) => jobs,
      );
    }
    case 'frontier':
    case 'reconcile':
    case 'end':
      return [];
  }
}

const OTHER = OPEN_FEDERATION.id;
/** One range of all keys, about which nothing is to be said. */
const EVERYTHING = [{ kind: 'same', end: new Uint8Array() }] as const;
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
        foreign(encodeMessage({ kind, federation: OTHER, epoch: 0, checkpoints: [] })),
        ['over-long', '8001 checkpoints', concat(good.subarray(0, 33), Uint8Array.of(0, 0xc1, 0x3e)), 'wire_count'],
        ['over-long', 'epoch 10001', concat(good.subarray(0, 33), Uint8Array.of(0x91, 0x4e)), 'wire_count'],
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
    case 'revocation':
      return [
        [
          'does not fit',
          'a SYNC_EVENT',
          encodeMessage({ kind, statement: statementOf(first(EVENT)) }),
          'schema_violation',
        ],
      ];
    case 'reconcile_request':
      return [
        foreign(encodeMessage({ kind, federation: OTHER, salt: new Uint8Array(SALT_BYTES), ranges: EVERYTHING })),
        ['does not fit', 'no range', good.with(33 + SALT_BYTES, 0).subarray(0, 34 + SALT_BYTES), 'wire_order'],
      ];
    case 'reconcile':
      return reconcileForgeries(good);
    case 'end':
      return [['does not fit', 'status 3', Uint8Array.of(6, 3), 'wire_code']];
  }
}

function reconcileForgeries(good: Uint8Array): readonly Forgery[] {
  const many = written((writer) => writer.byte(good[0] ?? 0).varint(RECONCILE_RANGES_MAX + 1));
  return [
    ['does not fit', 'no range', Uint8Array.of(good[0] ?? 0, 0), 'wire_order'],
    [
      'does not fit',
      'a range behind the last',
      encodeMessage({ kind: 'reconcile', ranges: [...EVERYTHING, ...EVERYTHING] }),
      'wire_order',
    ],
    ['over-long', `${RECONCILE_RANGES_MAX + 1} ranges`, many, 'wire_count'],
  ];
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

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new RangeError('the list is empty');
  return item;
}
