/** Proofs to refuse: votes, fork proofs and certificates that somebody might believe. Each with the code of the refusal. */
import { concat, toHex } from '../../src/core/bytes.ts';
import { type CertifyingVote, certificateJson } from '../../src/core/certificate.ts';
import { encodeBareHeader } from '../../src/core/entry/bare-header.ts';
import { isJsonObject, type JsonObject } from '../../src/core/entry/canonical-json.ts';
import type { FeedCertificate, ReachingVote } from '../../src/core/federation/feed-certificate.ts';
import type { Vote } from '../../src/core/federation/vote.ts';
import { encodeFork, type ForkProof, forkProof } from '../../src/core/ledger/fork.ts';
import { HEARTBEAT_CORE_BYTES_MAX, PROOF_HASHES_MAX } from '../../src/core/limits.ts';
import { EMPTY_ROOT } from '../../src/core/merkle/hash.ts';
import type { HeartbeatDraft } from '../../src/core/sync/heartbeat.ts';
import {
  ALICE,
  BOB,
  CAROL,
  FEDERATION,
  FEDERATION_FILE,
  MALLORY,
  OPEN_FEDERATION,
  type TestKey,
} from '../../test/unit/core/fixtures.ts';
import { at, branch, checkpointOfEntries, pathOf, voteFor } from '../../test/unit/core/forks.ts';
import { REFUSED_DECISIONS, REFUSED_ELECTED } from './epochs.ts';
import {
  CERTIFIED_SIZE,
  certificateBytes,
  entryCertificate,
  FEED_CERTIFICATE,
  FORK,
  flatOf,
  LEDGER_VOTE,
  LEFT,
  RIGHT,
  VOTE,
  voteBytes,
} from './proofs.ts';

type Refusal = readonly [what: string, bytes: Uint8Array, code: string];
/** Everything else of it is in order: that the signature does not hold is seen last. */
const NOT_SIGNED = 'signature_invalid';

const { checkpoint } = VOTE;
/** Carol's vote for a feed of Alice. */
const OTHER_FEED = voteFor(CAROL, branch(ALICE, CERTIFIED_SIZE));
const OTHER_FEDERATION = { federation: OPEN_FEDERATION.id };

function vote(change: Partial<Vote>): Uint8Array {
  return voteBytes({ ...VOTE, ...change });
}

const VOTES: readonly Refusal[] = [
  ['another witness than the signer', vote({ witness: ALICE.peer }), 'vote_signer'],
  ['another federation', voteBytes(voteFor(BOB, LEFT, CERTIFIED_SIZE, OTHER_FEDERATION)), 'vote_federation'],
  ['another epoch', voteBytes(voteFor(BOB, LEFT, CERTIFIED_SIZE, { epoch: 1 })), 'vote_epoch'],
  ['one entry more', vote({ checkpoint: { ...checkpoint, size: CERTIFIED_SIZE + 1 } }), 'vote_path'],
  ['one entry less', vote({ checkpoint: { ...checkpoint, size: CERTIFIED_SIZE - 1 } }), 'vote_path'],
  ['the root of the other branch', vote({ checkpoint: checkpointOfEntries(RIGHT, CERTIFIED_SIZE) }), 'vote_path'],
  ['another feed', vote({ checkpoint: { ...checkpoint, origin: ALICE.peer } }), 'vote_path'],
  ['the place of another checkpoint', vote({ index: 0 }), 'vote_path'],
  ['a place beyond the list', vote({ index: 2 }), 'vote_path'],
  [
    'the path in the other tree',
    vote({ path: LEDGER_VOTE.path, tree: 'ledger', index: (LEDGER_VOTE.index + 1) % 3 }),
    'vote_path',
  ],
  ['no path', vote({ path: [] }), 'vote_path'],
  ['a hash too many', vote({ path: [...VOTE.path, EMPTY_ROOT] }), 'vote_path'],
  ['the signature of another heartbeat', vote({ signature: voteFor(BOB, RIGHT).signature }), NOT_SIGNED],
  ['no signature', vote({ signature: new Uint8Array(64) }), NOT_SIGNED],
  ['a signed part cut short', vote({ core: VOTE.core.subarray(0, 60) }), 'wire_truncated'],
  ['a signed part with a byte behind it', vote({ core: concat(VOTE.core, Uint8Array.of(0)) }), 'wire_trailing'],
  ['a signed part of version 2', vote({ core: concat(Uint8Array.of(2), VOTE.core.subarray(1)) }), 'unknown_version'],
  ['a signed part that is too long', vote({ core: new Uint8Array(HEARTBEAT_CORE_BYTES_MAX + 1) }), 'wire_count'],
  [
    'a path that is too long',
    vote({ path: Array.from({ length: PROOF_HASHES_MAX + 1 }, () => EMPTY_ROOT) }),
    'wire_count',
  ],
  ['an end of voting', voteBytes(voteFor(BOB, LEFT, CERTIFIED_SIZE, { closed: true })), 'vote_epoch'],
  ['a third tree', voteBytes(VOTE).with(-3 - 32 * VOTE.path.length, 2), 'wire_code'],
];

function fork(change: Partial<ForkProof>): Uint8Array {
  return encodeFork({ ...FORK, ...change });
}

const [LOWER, HIGHER] = FORK.headers;

const FORKS: readonly Refusal[] = [
  ['one header twice', fork({ headers: [LOWER, LOWER] }), 'fork_proof_invalid'],
  ['headers out of order', fork({ headers: [HIGHER, LOWER] }), 'fork_proof_invalid'],
  [
    'one header with two signatures',
    fork({ headers: [LOWER, { ...LOWER, signature: HIGHER.signature }] }),
    'fork_proof_invalid',
  ],
  ['another place', inOrder({ seq: FORK.seq + 1 }), NOT_SIGNED],
  ['another predecessor', inOrder({ prev: EMPTY_ROOT }), NOT_SIGNED],
  ['an innocent origin', inOrder({ origin: ALICE.peer }), NOT_SIGNED],
  ['a header that was never signed', inOrder({ headers: [LOWER, { ...HIGHER, timestampMs: 1 }] }), NOT_SIGNED],
  ['signatures exchanged', inOrder({ headers: [{ ...LOWER, signature: HIGHER.signature }, HIGHER] }), NOT_SIGNED],
  ['one header only', encodeFork(FORK).subarray(0, -encodeBareHeader(HIGHER).length), 'wire_truncated'],
  ['three headers', concat(encodeFork(FORK), encodeBareHeader(HIGHER)), 'wire_trailing'],
];

/** A changed proof whose headers are in whatever order is the right one then: it is the signatures that must betray it. */
function inOrder(change: Partial<ForkProof>): Uint8Array {
  const { headers, ...place } = { ...FORK, ...change };
  const proof = forkProof(place, headers[0], headers[1], FEDERATION.id);
  if (proof === undefined) throw new Error('the headers are one and the same');
  return encodeFork(proof);
}

const [ALICES, BOBS, CAROLS] = FEED_CERTIFICATE.votes;
if (ALICES === undefined || BOBS === undefined || CAROLS === undefined) throw new Error('there are three votes');

function certificate(votes: readonly ReachingVote[], change: Partial<FeedCertificate> = {}): Uint8Array {
  return certificateBytes({ ...FEED_CERTIFICATE, votes, ...change });
}

function reaching(key: TestKey, entries = LEFT, size = CERTIFIED_SIZE): ReachingVote {
  return { vote: voteFor(key, entries, size), path: pathOf(entries, CERTIFIED_SIZE, size) };
}

const FEED_CERTIFICATES: readonly Refusal[] = [
  ['no vote', certificate([]), 'certificate_short'],
  ['one vote short', certificate([ALICES, CAROLS]), 'certificate_short'],
  ['a witness twice', certificate([ALICES, BOBS, BOBS]), 'certificate_vote'],
  ['a witness twice, with two votes', certificate([ALICES, CAROLS, reaching(CAROL)]), 'certificate_vote'],
  ['enough votes and one of no witness', certificate([ALICES, BOBS, CAROLS, reaching(MALLORY)]), 'certificate_vote'],
  ['a vote of no witness', certificate([ALICES, BOBS, reaching(MALLORY)]), 'certificate_vote'],
  ['a vote for another feed', certificate([ALICES, BOBS, { vote: OTHER_FEED, path: [] }]), 'certificate_vote'],
  ['a vote for the other branch', certificate([ALICES, BOBS, reaching(CAROL, RIGHT)]), 'certificate_vote'],
  [
    'a vote for less',
    certificate([ALICES, BOBS, { vote: voteFor(CAROL, LEFT, CERTIFIED_SIZE - 1), path: [] }]),
    'certificate_vote',
  ],
  ['a longer vote without its path', certificate([ALICES, BOBS, { ...CAROLS, path: [] }]), 'certificate_vote'],
  ['an equal vote with a path', certificate([{ ...ALICES, path: CAROLS.path }, BOBS, CAROLS]), 'certificate_vote'],
  [
    'votes for another checkpoint',
    certificate(FEED_CERTIFICATE.votes, { checkpoint: checkpointOfEntries(RIGHT, CERTIFIED_SIZE) }),
    'certificate_vote',
  ],
  [
    'a vote of another federation',
    certificate([ALICES, BOBS, changed(CAROL, { federation: OPEN_FEDERATION.id })]),
    'vote_federation',
  ],
  ['a vote of another epoch', certificate([ALICES, BOBS, changed(CAROL, { epoch: 1 })]), 'vote_epoch'],
  [
    "a witness's vote that another signed",
    certificate([ALICES, BOBS, { vote: { ...BOBS.vote, witness: CAROL.peer }, path: [] }]),
    'vote_signer',
  ],
  [
    'a vote whose signature does not hold',
    certificate([ALICES, BOBS, { ...CAROLS, vote: { ...CAROLS.vote, signature: BOBS.vote.signature } }]),
    NOT_SIGNED,
  ],
  ['1001 votes', concat(certificate([]).subarray(0, -1), Uint8Array.of(0xe9, 0x07)), 'wire_count'],
];

function changed(key: TestKey, change: Partial<HeartbeatDraft>): ReachingVote {
  return { vote: voteFor(key, LEFT, CERTIFIED_SIZE, change), path: [] };
}

const WHOLE = entryCertificate();
const [FIRST, SECOND, THIRD] = WHOLE.votes;
if (FIRST === undefined || SECOND === undefined || THIRD === undefined) throw new Error('there are three votes');

const CERTIFICATES: readonly (readonly [string, JsonObject, string])[] = [
  ['another format', { ...certificateJson(WHOLE), format: 'tessrax-certificate/2' }, 'certificate_malformed'],
  ['no federation file', without(certificateJson(WHOLE), 'federation'), 'certificate_malformed'],
  ['no entry', without(certificateJson(WHOLE), 'entry'), 'certificate_malformed'],
  ['votes that are no list', { ...certificateJson(WHOLE), votes: {} }, 'certificate_malformed'],
  ...['witness', 'size', 'root', 'feed_path', 'tree', 'index', 'path', 'heartbeat', 'signature'].map(
    (member) => [`a vote without ${member}`, withoutMember(member), 'certificate_malformed'] as const,
  ),
  ['one vote short', json([FIRST, SECOND]), 'certificate_short'],
  ['a witness twice', json([FIRST, SECOND, SECOND]), 'certificate_vote'],
  ['a vote of no witness', json([FIRST, SECOND, mallorys()]), 'certificate_vote'],
  ['a path that does not lead to its root', json([FIRST, SECOND, { ...THIRD, feedPath: [] }]), 'certificate_vote'],
  [
    'the entry of the other branch',
    certificateJson({ ...WHOLE, entry: flatOf(at(RIGHT, FORK.seq)) }),
    'certificate_vote',
  ],
  [
    'an entry behind what was voted for',
    certificateJson({ ...WHOLE, entry: flatOf(at(LEFT, CERTIFIED_SIZE)) }),
    'certificate_vote',
  ],
  [
    'a threshold lowered in the file',
    certificateJson({ ...WHOLE, federation: { ...FEDERATION_FILE, threshold: 2 }, votes: [FIRST, SECOND] }),
    'certificate_federation',
  ],
  [
    'a vote whose signature does not hold',
    json([FIRST, SECOND, { ...THIRD, vote: { ...THIRD.vote, signature: FIRST.vote.signature } }]),
    NOT_SIGNED,
  ],
  [
    'another payload',
    { ...certificateJson(WHOLE), entry: { ...WHOLE.entry, payload: { n: 3 } } },
    'body_hash_mismatch',
  ],
  ['another signature of the entry', { ...certificateJson(WHOLE), entry: forged() }, NOT_SIGNED],
];

function json(votes: readonly CertifyingVote[]): JsonObject {
  return certificateJson({ ...WHOLE, votes });
}

function mallorys(): CertifyingVote {
  const vote = voteFor(MALLORY, LEFT, CERTIFIED_SIZE);
  return { vote, feedPath: FIRST?.feedPath ?? [] };
}

function forged(): JsonObject {
  return { ...WHOLE.entry, signature: flatOf(at(RIGHT, FORK.seq)).signature ?? '' };
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([member]) => member !== name));
}

function withoutMember(member: string): JsonObject {
  const whole = certificateJson(WHOLE);
  const votes = Array.isArray(whole.votes) ? whole.votes : [];
  return { ...whole, votes: votes.map((each) => (isJsonObject(each) ? without(each, member) : each)) };
}

function listOf(refusals: readonly Refusal[]): JsonObject[] {
  return refusals.map(([what, bytes, code]) => ({ what, bytes: toHex(bytes), code }));
}

export function refusedProofVectors(): JsonObject {
  return {
    about:
      'Proofs to refuse, and with which code, in the federation of proofs.json; the code of a signature that does not hold is signature_invalid.',
    votes: listOf(VOTES),
    forks: listOf(FORKS),
    feed_certificates: listOf(FEED_CERTIFICATES),
    decisions: listOf(REFUSED_DECISIONS),
    certificates: [...CERTIFICATES, ...REFUSED_ELECTED].map(([what, file, code]) => ({
      what,
      certificate: file,
      code,
    })),
  };
}
