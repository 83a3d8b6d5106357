/**
 * From the bytes of a run of entries to candidates for a feed: everything that can be said of an entry without knowing the feed, except
 * whether its signatures hold. Those are listed as jobs, because they cost fifty times more than all else.
 */
import { sha256 } from '#sha256';
import { TessraxError } from '../errors.ts';
import type { PlacedEntry, SignatureJob } from '../events.ts';
import type { LogName } from '../ledger/feed.ts';
import { examineFork, type ForkProof, forkOfPayload } from '../ledger/fork.ts';
import { BLOCK_LEAVES, rootOfLeaves } from '../merkle/compact-range.ts';
import { type PeerIdText, publicKeyOf } from '../peer-id.ts';
import { endsBlock } from './blocks.ts';
import { type JsonObject, parseCanonical } from './canonical-json.ts';
import type { EntryParts } from './codec.ts';
import { RESERVED_MEMBERS } from './flat.ts';
import { receiptHash } from './header.ts';
import { isObject, reviewJobs, schemaRefusal } from './types.ts';

/** Consecutive entries of one feed as they travel: the first one's place and predecessor, then only what cannot be derived. */
export interface Run {
  readonly origin: PeerIdText;
  readonly log: LogName;
  readonly from: number;
  /** Receipt hash of entry `from - 1`. */
  readonly prev: Uint8Array;
  readonly entries: readonly RunEntry[];
}
export interface RunEntry extends EntryParts {
  /** The binary form that the parts were read from. */
  readonly bytes: Uint8Array;
}

/** An entry whose bytes are in order. Its chain is checked when it is admitted, its signatures by the verifier. */
export interface Candidate extends PlacedEntry {
  readonly prev: Uint8Array;
  readonly type: string;
  readonly timestampMs: number;
  readonly nonce: Uint8Array;
  readonly jobs: readonly SignatureJob[];
  /** The block of its feed's tree (BLOCK_LEAVES) that ends with it, where all of it was examined: two trees have it, one hashing makes it. */
  readonly block?: Uint8Array;
  /** The equivocation that this entry proves, if it is a SCAR that does. */
  readonly fork?: ForkProof;
  /** The node that this entry revokes, if it is a REVOCATION. */
  readonly revokes?: PeerIdText;
}

/**
 * Examines a run. Throws the refusal of the first entry that is wrong: `body_…`, `schema_violation`, with `seq` in its fields.
 * A tampered header shows as a wrong signature, since the header is rebuilt here and not sent.
 */
export function examineRun(run: Run, federation: string): Candidate[] {
  const key = publicKeyOf(run.origin);
  if (key === undefined) throw new TessraxError('origin_invalid', 'the origin is not an Ed25519 peer ID');
  const candidates: Candidate[] = [];
  let prev = run.prev;
  let seq = run.from;
  for (const entry of run.entries) {
    const candidate = examineEntry(run, entry, { federation, key, seq, prev });
    const count = candidates.push(candidate);
    if (endsBlock(candidates, count - 1)) {
      const leaves = candidates.slice(-BLOCK_LEAVES).map(({ hash }) => hash);
      candidates[count - 1] = { ...candidate, block: rootOfLeaves(leaves) };
    }
    prev = candidate.hash;
    seq++;
  }
  return candidates;
}

interface Place {
  readonly federation: string;
  readonly key: Uint8Array;
  readonly seq: number;
  readonly prev: Uint8Array;
}

function examineEntry(run: Run, entry: RunEntry, place: Place): Candidate {
  const { origin, log } = run;
  const { type, timestampMs, nonce } = entry;
  const { federation, key, seq, prev } = place;
  const body = readBody(entry.body, origin, seq);
  const refusal = bodyRefusal(type, log, body);
  if (refusal !== undefined) throw new TessraxError('schema_violation', refusal, { fields: { origin, seq } });
  const bodyHash = sha256(entry.body);
  const bodySize = entry.body.length;
  const hash = receiptHash({ federation, log, type, origin, seq, prev, nonce, timestampMs, bodyHash, bodySize });
  const own: SignatureJob = { domain: 'entry', key, hash, signature: entry.signature };
  const fork = forkOfEntry(type, body, federation);
  const revokes = revokedBy(type, body);
  const reviews = innerJobs(type, body, federation, fork);
  return {
    origin,
    log,
    seq,
    hash,
    bytes: entry.bytes,
    prev,
    type,
    timestampMs,
    nonce,
    jobs: reviews.length === 0 ? [own] : [own, ...reviews],
    ...(fork === undefined ? {} : { fork }),
    ...(revokes === undefined ? {} : { revokes }),
  };
}

function readBody(bytes: Uint8Array, origin: PeerIdText, seq: number): JsonObject {
  const body = parseCanonical(bytes);
  if (typeof body !== 'string') return body;
  throw new TessraxError('body_not_canonical', `the body is not the canonical JSON of an object: ${body}`, {
    fields: { origin, seq, reason: body },
  });
}

/** The node that an entry's body revokes; undefined when it is no REVOCATION. */
export function revokedBy(type: string, body: JsonObject): PeerIdText | undefined {
  return type === 'REVOCATION' && typeof body['target'] === 'string' ? body['target'] : undefined;
}

/** The fork proof in an entry's body, if it is a SCAR that carries one: it is worth as much as the two signatures in it. */
export function forkOfEntry(type: string, body: JsonObject, federation: string): ForkProof | undefined {
  const { payload } = body;
  return type === 'SCAR' && isObject(payload) ? forkOfPayload(payload, federation) : undefined;
}

/** The signatures inside a body, beside the entry's own: of reviewers, and in a fork proof. Throws `fork_proof_invalid`. */
export function innerJobs(
  type: string,
  body: JsonObject,
  federation: string,
  fork: ForkProof | undefined = forkOfEntry(type, body, federation),
): SignatureJob[] {
  return [...reviewJobs(type, body), ...(fork === undefined ? [] : examineFork(fork, federation))];
}

/** Why a body may not stand under a type: a reserved member, or its schema. */
export function bodyRefusal(type: string, log: LogName, body: JsonObject): string | undefined {
  for (const name of Object.keys(body)) {
    if (RESERVED_MEMBERS.has(name)) return `a body may not have a member "${name}": headers use it`;
  }
  return schemaRefusal(type, log, body);
}
