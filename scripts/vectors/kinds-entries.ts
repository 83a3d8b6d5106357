/** Entries of every type that is interpreted, and one that is carried: each with its place, as a statement travels. */
import { toHex } from '../../src/core/bytes.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { examineRun } from '../../src/core/entry/examine.ts';
import type { LogName } from '../../src/core/ledger/feed.ts';
import { forkPayload } from '../../src/core/ledger/fork.ts';
import { SCAR_REVIEWERS_MAX } from '../../src/core/limits.ts';
import { signedMessage } from '../../src/core/signature.ts';
import { syncConfirmedDraft, syncEventDraft } from '../../src/core/sync/delta.ts';
import { readStatement } from '../../src/core/sync/statement.ts';
import {
  ALICE,
  BOB,
  CAROL,
  FEDERATION,
  MALLORY,
  OPEN_FEDERATION,
  receipts,
  testKey,
} from '../../test/unit/core/fixtures.ts';
import { CARRIED, RECEIPT, SCAR } from './entries.ts';
import { type Forgery, forgedStatement, type Kind, statementAgain, statementBytes, whole } from './kind.ts';
import { FORK } from './proofs.ts';

const HASH = '0123456789abcdef'.repeat(4);
const VERDICT = new Uint8Array(32).fill(7);
const PLACE = { epoch: 1, ballot: 2 };
const PROPOSAL = { action: 'proposal', ...PLACE };
const CONFIRMED = syncConfirmedDraft(ALICE.peer, VERDICT, [], { height: 3, root: VERDICT });

interface Example {
  readonly name: string;
  readonly rule: string;
  readonly type: string;
  readonly body: JsonObject;
  readonly log?: LogName;
  readonly forgeries?: (body: JsonObject) => readonly Forgery[];
}

const EXAMPLES: readonly Example[] = [
  { name: 'entry RECEIPT', rule: 'R-17', type: 'RECEIPT', body: RECEIPT.body },
  { name: 'entry SCAR', rule: 'R-18', type: 'SCAR', body: scar([review()]), forgeries: scarForgeries },
  {
    name: 'entry SCAR with a fork proof',
    rule: 'R-92',
    type: 'SCAR',
    body: { ...scar([]), payload: forkPayload(FORK, FEDERATION.id) },
    forgeries: accusationForgeries,
  },
  {
    name: 'entry GOVERNANCE vote',
    rule: 'R-71',
    type: 'GOVERNANCE',
    body: { action: 'vote', ...PLACE, proposal: HASH, choice: 'yes' },
    forgeries: (body) => [
      refused('wrong epoch', 'an epoch below 0', 'GOVERNANCE', { ...body, epoch: -1 }),
      refused('wrong epoch', 'an epoch that never comes', 'GOVERNANCE', { ...body, epoch: 10_000 }),
    ],
  },
  {
    name: 'entry GOVERNANCE decision',
    rule: 'R-71',
    type: 'GOVERNANCE',
    body: { action: 'decision', ...PLACE, proposal: HASH },
  },
  {
    name: 'entry GOVERNANCE proposal',
    rule: 'R-71',
    type: 'GOVERNANCE',
    body: { ...PROPOSAL, kind: 'admit', peer: MALLORY.peer, organisation: 'Zeta', threshold: 3 },
    forgeries: (body) => [
      refused('threshold 0', 'an admission with threshold 0', 'GOVERNANCE', { ...body, threshold: 0 }),
      refused('threshold 0', 'threshold 0', 'GOVERNANCE', { ...PROPOSAL, kind: 'threshold', threshold: 0 }),
      refused('over-long', 'a threshold of 1001', 'GOVERNANCE', { ...body, threshold: 1001 }),
      refused('over-long', 'an organisation of 65 letters', 'GOVERNANCE', { ...body, organisation: 'x'.repeat(65) }),
    ],
  },
  {
    name: 'entry REVOCATION',
    rule: 'R-98',
    type: 'REVOCATION',
    body: { target: MALLORY.peer, reason: 'stolen' },
    forgeries: (body) => [
      refused('over-long', 'a reason of 513 letters', 'REVOCATION', { ...body, reason: 'x'.repeat(513) }),
      refused('does not fit', 'a target that is no peer', 'REVOCATION', { ...body, target: 'mallory' }),
    ],
  },
  { name: 'entry of another type', rule: 'R-17', type: CARRIED.type, body: CARRIED.body },
  {
    name: 'entry SYNC_EVENT',
    rule: 'R-61',
    type: 'SYNC_EVENT',
    log: 'journal',
    body: syncEventDraft(BOB.peer, [receipts(ALICE, 2)]).body,
    forgeries: (body) => [
      refused('over-long', '1025 entries', 'SYNC_EVENT', { ...body, entries: 1025 }, 'journal'),
      refused('does not fit', 'other entries than its ranges cover', 'SYNC_EVENT', { ...body, entries: 3 }, 'journal'),
    ],
  },
  {
    name: 'entry SYNC_CONFIRMED',
    rule: 'R-64',
    type: 'SYNC_CONFIRMED',
    log: 'journal',
    body: CONFIRMED.body,
    forgeries: (body) => [
      refused('does not fit', 'entries without ranges', 'SYNC_CONFIRMED', { ...body, entries: 1 }, 'journal'),
    ],
  },
];

export function entryKinds(): readonly Kind[] {
  return EXAMPLES.map(({ name, rule, type, body, log = 'ledger', forgeries }) => {
    const forged = (change: Parameters<typeof forgedStatement>[3]): Uint8Array =>
      statementBytes(forgedStatement(ALICE, type, body, { log, ...change }));
    return {
      name,
      rule,
      sealed: true,
      good: forged({}),
      judge: (bytes) => {
        const { origin, seq, prev, entry } = whole(bytes, readStatement);
        return examineRun({ origin, log, from: seq, prev, entries: [entry] }, FEDERATION.id).flatMap(
          ({ jobs }) => jobs,
        );
      },
      again: statementAgain,
      forgeries: [
        ['wrong signer', 'signed by another', forged({ signer: MALLORY }), 'signature_invalid'],
        [
          'wrong federation',
          'signed for another federation',
          forged({ federation: OPEN_FEDERATION.id }),
          'signature_invalid',
        ],
        ['wrong domain', 'signed as a heartbeat', forged({ domain: 'heartbeat' }), 'signature_invalid'],
        [
          'does not fit',
          'signed for the other log',
          forged({ log: log === 'ledger' ? 'journal' : 'ledger' }),
          'signature_invalid',
        ],
        ...(forgeries?.(body) ?? []),
      ],
    };
  });
}

/** An entry that its origin signed in earnest, and whose body may not be. */
function refused(of: Forgery[0], what: string, type: string, body: JsonObject, log: LogName = 'ledger'): Forgery {
  return [of, what, statementBytes(forgedStatement(ALICE, type, body, { log })), 'schema_violation'];
}

interface Review {
  readonly peer: string;
  readonly signature: string;
}

function review(key = BOB, signer = key, hash = VERDICT, domain: 'review' | 'entry' = 'review'): Review {
  return { peer: key.peer, signature: toHex(signer.sign(signedMessage(domain, hash))) };
}

function scar(reviewers: readonly Review[]): JsonObject {
  return { ...SCAR.body, verdict_hash: toHex(VERDICT), reviewers: reviewers.map((each) => ({ ...each })) };
}

function scarForgeries(): readonly Forgery[] {
  const many = Array.from({ length: SCAR_REVIEWERS_MAX + 1 }, (_, i) => review(testKey(i + 100)));
  const holds = (of: Forgery[0], what: string, reviewers: readonly Review[]): Forgery => [
    of,
    what,
    statementBytes(forgedStatement(ALICE, 'SCAR', scar(reviewers))),
    'signature_invalid',
  ];
  return [
    holds('wrong signer', 'a review that another signed', [review(BOB, MALLORY)]),
    holds('wrong signer', 'the second of two reviews that another signed', [review(), review(CAROL, BOB)]),
    holds('does not fit', 'a review of another verdict', [review(BOB, BOB, new Uint8Array(32))]),
    holds('wrong domain', 'a review signed as an entry', [review(BOB, BOB, VERDICT, 'entry')]),
    refused('one key twice', 'one reviewer twice', 'SCAR', scar([review(), review()])),
    refused('over-long', '17 reviewers', 'SCAR', scar(many)),
  ];
}

function accusationForgeries(body: JsonObject): readonly Forgery[] {
  const accused = (what: string, change: JsonObject): Forgery => {
    const payload = { ...forkPayload(FORK, FEDERATION.id), ...change };
    const bytes = statementBytes(forgedStatement(ALICE, 'SCAR', { ...body, payload }));
    return ['does not fit', what, bytes, 'fork_proof_invalid'];
  };
  return [
    accused('an accusation of another', { origin: BOB.peer }),
    accused('an accusation at another place', { seq: FORK.seq + 1 }),
    accused('one hash twice', { hashes: [HASH, HASH] }),
    accused('a proof that is no hex', { proof: 'x' }),
    accused('a proof too long to be one', { proof: '00'.repeat(513) }),
  ];
}
