/** Vectors of epochs: decisions with their proofs, and certificates of witnesses who were elected. */
import { BinaryWriter } from '../../src/core/binary.ts';
import { toHex } from '../../src/core/bytes.ts';
import { type Certificate, type CertifyingVote, certificateJson } from '../../src/core/certificate.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import type { Candidate } from '../../src/core/entry/examine.ts';
import { type WireDecision, writeDecision } from '../../src/core/federation/decision.ts';
import type { FlatDecision } from '../../src/core/federation/decision-json.ts';
import type { HeartbeatDraft } from '../../src/core/sync/heartbeat.ts';
import {
  ALICE,
  BOB,
  CAROL,
  chain,
  FEDERATION_FILE,
  OPEN_FEDERATION,
  type TestKey,
  testKey,
} from '../../test/unit/core/fixtures.ts';
import { at, voteFor } from '../../test/unit/core/forks.ts';
import { CERTIFIED_SIZE, entryCertificate, FORK, flatOf, inclusionOf, LEFT } from './proofs.ts';

export const DAVE: TestKey = testKey(4);

interface Proposed {
  readonly epoch: number;
  readonly by: TestKey;
  readonly change: JsonObject;
}
/** Dave comes; Alice goes; then a policy, which leaves the witnesses as they are. */
const PROPOSED: readonly Proposed[] = [
  { epoch: 0, by: ALICE, change: { kind: 'admit', peer: DAVE.peer, organisation: 'Delta' } },
  { epoch: 1, by: BOB, change: { kind: 'remove', peer: ALICE.peer } },
  { epoch: 2, by: CAROL, change: { kind: 'policy', name: 'retention', value: 30 } },
];
const DECLARED_BY: readonly (readonly TestKey[])[] = [
  [ALICE, BOB, CAROL],
  [ALICE, BOB, CAROL],
  [BOB, CAROL, DAVE],
];

interface Parts {
  readonly proposal: Candidate;
  readonly declarations: readonly Candidate[];
}

/** The decision of an epoch: each entry is the first of a feed, as far as the proof goes. */
export function decisionOfEpoch(
  epoch: number,
  change: { by?: readonly TestKey[]; body?: JsonObject; more?: JsonObject } = {},
): Parts {
  const { by, change: usual } = PROPOSED[epoch] ?? fail();
  const place = { epoch, ballot: 0 };
  const draft = { type: 'GOVERNANCE', body: { action: 'proposal', ...place, ...usual, ...change.more } };
  const [proposal] = chain(by, [draft]);
  const body = { action: 'decision', ...place, proposal: toHex(proposal?.hash ?? fail()), ...change.body };
  const declarations = (change.by ?? DECLARED_BY[epoch] ?? fail()).map(
    (key) => chain(key, [...(key === by ? [draft] : []), { type: 'GOVERNANCE', body }]).at(-1) ?? fail(),
  );
  return { proposal: proposal ?? fail(), declarations };
}

export const DECISIONS: readonly Parts[] = [decisionOfEpoch(0), decisionOfEpoch(1), decisionOfEpoch(2)];

export function flatDecision({ proposal, declarations }: Parts): FlatDecision {
  return { proposal: flatOf(proposal), declarations: declarations.map((declaration) => flatOf(declaration)) };
}

export function decisionBytes({ proposal, declarations }: Parts): Uint8Array {
  const writer = new BinaryWriter(1024);
  const decision: WireDecision = {
    proposal: { ...proposal, entry: proposal },
    declarations: declarations.map((declaration) => ({ ...declaration, entry: declaration })),
  };
  writeDecision(writer, decision);
  return writer.finish();
}

function castBy(key: TestKey, epoch: number, change: Partial<HeartbeatDraft> = {}): CertifyingVote {
  const vote = voteFor(key, LEFT, CERTIFIED_SIZE, { epoch, ...change });
  return { vote, feedPath: inclusionOf(LEFT, FORK.seq, vote) };
}

/** Entry 2 of Carol, certified by the witnesses of an epoch. */
function certificateOf(decisions: readonly Parts[], votes: readonly CertifyingVote[]): Certificate {
  return { ...entryCertificate(), federation: FEDERATION_FILE, decisions: decisions.map(flatDecision), votes };
}

const [ADMITTED, REMOVED, POLICY] = [at2(0), at2(1), at2(2)];

/** Of Bob, Carol and Dave, in the epoch in which Dave is a witness. */
export const ELECTED: Certificate = certificateOf(
  [ADMITTED],
  [BOB, CAROL, DAVE].map((key) => castBy(key, 1)),
);

function at2(epoch: number): Parts {
  return DECISIONS[epoch] ?? fail();
}

function refused(decisions: readonly Parts[], ...votes: readonly CertifyingVote[]): JsonObject {
  return certificateJson(certificateOf(decisions, votes));
}

const NOW = [BOB, CAROL, DAVE].map((key) => castBy(key, 1));
const AFTER = [BOB, CAROL, DAVE].map((key) => castBy(key, 2));

/** Certificates to refuse. */
export const REFUSED_ELECTED: readonly (readonly [what: string, certificate: JsonObject, code: string])[] = [
  ['a vote of the epoch before', refused([ADMITTED], castBy(BOB, 0), ...NOW.slice(1)), 'vote_epoch'],
  [
    'votes of two electorates, enough of both together',
    refused([], castBy(ALICE, 0), castBy(BOB, 0), castBy(CAROL, 1)),
    'vote_epoch',
  ],
  ['a vote of the epoch after', refused([ADMITTED], castBy(BOB, 2), ...NOW.slice(1)), 'vote_epoch'],
  [
    'a vote made when its witness had stopped',
    refused([ADMITTED], castBy(BOB, 1, { closed: true }), ...NOW.slice(1)),
    'vote_epoch',
  ],
  [
    'the vote of a removed witness',
    refused([ADMITTED, REMOVED], castBy(ALICE, 2), ...AFTER.slice(1)),
    'certificate_vote',
  ],
  [
    'the vote of a witness before it was admitted',
    refused([], castBy(BOB, 0), castBy(CAROL, 0), castBy(DAVE, 0)),
    'certificate_vote',
  ],
  ['one vote short by the new threshold', refused([ADMITTED], ...NOW.slice(1)), 'certificate_short'],
  ['elected witnesses without the decision that elected them', refused([], ...NOW), 'vote_epoch'],
  ['a decision one declaration short', refused([oneShort(ADMITTED)], ...NOW), 'decision_invalid'],
  ['a decision with one declaration twice', refused([twice(ADMITTED)], ...NOW), 'decision_invalid'],
  ['a decision with votes for declarations', refused([votedOn()], ...NOW), 'decision_invalid'],
  [
    'a decision with declarations for a later epoch',
    refused([decisionOfEpoch(0, { body: { epoch: 1 } })], ...NOW),
    'decision_invalid',
  ],
  [
    'a decision with the declaration of no witness',
    refused([decisionOfEpoch(0, { by: [ALICE, BOB, DAVE] })], ...NOW),
    'decision_invalid',
  ],
  [
    'a decision whose declarations are of another proposal',
    refused([{ ...ADMITTED, declarations: REMOVED.declarations }], ...NOW),
    'decision_invalid',
  ],
  ['decisions out of order', refused([REMOVED, ADMITTED], ...AFTER), 'decision_invalid'],
  ['a decision left out', refused([REMOVED], ...AFTER), 'decision_invalid'],
  ['a decision twice', refused([ADMITTED, ADMITTED], ...NOW), 'decision_invalid'],
  ['a decision too many, which elected nobody', refused([ADMITTED, REMOVED, POLICY], ...AFTER), 'certificate_epoch'],
  ['a declaration in a decision whose signature does not hold', withDecision(badlySigned()), 'signature_invalid'],
  ['a decision of another federation', withDecision(foreign()), 'decision_invalid'],
  ['a decision without its proposal', withDecision({ ...flatDecision(ADMITTED), proposal: {} }), 'entry_malformed'],
  ['decisions that are no list', { ...certificateJson(ELECTED), decisions: {} }, 'certificate_malformed'],
  ['a decision that is none', { ...certificateJson(ELECTED), decisions: [1] }, 'certificate_malformed'],
];

function oneShort({ proposal, declarations }: Parts): Parts {
  return { proposal, declarations: declarations.slice(1) };
}

function twice({ proposal, declarations }: Parts): Parts {
  return { proposal, declarations: [...declarations.slice(1), declarations[1] ?? fail()] };
}

/** With the yes votes themselves: they are no proof, since a witness may have signed others before. */
function votedOn(): Parts {
  return decisionOfEpoch(0, { body: { action: 'vote', choice: 'yes' } });
}

function withDecision(decision: FlatDecision): JsonObject {
  return certificateJson({ ...ELECTED, decisions: [decision] });
}

function badlySigned(): FlatDecision {
  const { proposal, declarations } = flatDecision(ADMITTED);
  const [first, ...others] = declarations;
  return { proposal, declarations: [{ ...first, signature: proposal['signature'] ?? '' }, ...others] };
}

function foreign(): FlatDecision {
  const body = { action: 'proposal', epoch: 0, ballot: 0, kind: 'admit', peer: DAVE.peer, organisation: 'Delta' };
  const [proposal] = chain(ALICE, [{ type: 'GOVERNANCE', body }], 'ledger', OPEN_FEDERATION);
  return { ...flatDecision(ADMITTED), proposal: flatOf(proposal ?? fail(), OPEN_FEDERATION.id) };
}

/** Decisions to refuse in epoch 0, as bytes. */
export const REFUSED_DECISIONS: readonly (readonly [what: string, bytes: Uint8Array, code: string])[] = [
  ['nothing', new Uint8Array(), 'wire_truncated'],
  ['no declarations', decisionBytes({ ...ADMITTED, declarations: [] }), 'decision_invalid'],
  ['one declaration short', decisionBytes(oneShort(ADMITTED)), 'decision_invalid'],
  ['votes for declarations', decisionBytes(votedOn()), 'decision_invalid'],
  [
    'a declaration for a proposal',
    decisionBytes({ ...ADMITTED, proposal: ADMITTED.declarations[0] ?? fail() }),
    'decision_invalid',
  ],
  [
    'a receipt for a declaration',
    decisionBytes({ ...ADMITTED, declarations: [at(LEFT, 0), ...ADMITTED.declarations.slice(1)] }),
    'decision_invalid',
  ],
  ['a later epoch', decisionBytes(REMOVED), 'decision_invalid'],
  ['what cannot be adopted', decisionBytes(useless()), 'decision_invalid'],
  ['a byte behind it', Uint8Array.of(...decisionBytes(ADMITTED), 0), 'wire_trailing'],
];

/** All declare the admission of somebody who is a witness already. */
function useless(): Parts {
  return decisionOfEpoch(0, { more: { peer: BOB.peer } });
}

function fail(): never {
  throw new Error('there is such an entry');
}

export function epochVectors(): JsonObject {
  return {
    about:
      'Decisions that end epochs 0 and 1 (R-77): Dave is admitted, Alice removed; and a certificate of one entry by witnesses of epoch 1 (R-85). The federation is that of proofs.json.',
    decisions: [
      { name: 'admits_dave', epoch: 0, bytes: toHex(decisionBytes(ADMITTED)) },
      { name: 'removes_alice', epoch: 1, bytes: toHex(decisionBytes(REMOVED)) },
    ],
    certificates: [{ name: 'elected', certificate: certificateJson(ELECTED) }],
  };
}
