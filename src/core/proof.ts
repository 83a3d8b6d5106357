/** A receipt's proof, checked with nothing but itself: entry → feed root → ledger root → the signature of the node that vouches. */
import { sha256 } from '#sha256';
import { equalBytes, fromHex, toHex } from './bytes.ts';
import { canonicalize, type JsonObject, type JsonValue } from './entry/canonical-json.ts';
import { examineFlat } from './entry/examine-flat.ts';
import { fromFlat } from './entry/flat.ts';
import { HASH_BYTES, SIGNATURE_BYTES } from './entry/header.ts';
import { isObject } from './entry/types.ts';
import { TessraxError } from './errors.ts';
import type { SignatureJob } from './events.ts';
import { type FlatDecision, flatDecisionJson, readFlatDecisions } from './federation/decision-json.ts';
import { ledgerLeaf } from './ledger/ledger.ts';
import { leafHash } from './merkle/hash.ts';
import { verifyInclusion } from './merkle/verify.ts';
import { type PeerIdText, publicKeyOf } from './peer-id.ts';

export const PROOF_FORMAT = 'tessrax-proof/1';
/** An export begins with the same signed statement. */
export const EXPORT_FORMAT = 'tessrax-export/1';
const PATH_LENGTH_MAX = 53;

/** One step of a proof: a leaf's place in a tree of `size` leaves with this root. */
export interface InclusionStep {
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** What a node signs when it vouches for a ledger root. */
export interface RootStatement {
  readonly federation: string;
  readonly node: PeerIdText;
  readonly height: number;
  /** Number of feeds: the size of the tree that `root` is the root of. */
  readonly feeds: number;
  readonly root: Uint8Array;
  readonly timestampMs: number;
}

export interface ReceiptProof {
  readonly entry: JsonObject;
  readonly feed: InclusionStep;
  readonly ledger: InclusionStep;
  readonly statement: RootStatement;
  readonly signature: Uint8Array;
  /** How the epochs ended up to that which made a witness of the origin; none when the federation file lets it write. */
  readonly decisions: readonly FlatDecision[];
}

/** SHA-256 of the canonical JSON of a root statement: what is signed in domain "root". */
export function rootStatementHash(statement: RootStatement): Uint8Array {
  const { federation, node, height, feeds, root, timestampMs } = statement;
  return sha256(canonicalize({ federation, feeds, height, node, root: toHex(root), timestamp: timestampMs }));
}

export function proofJson(proof: ReceiptProof): JsonObject {
  const { federation, node, height, feeds, root, timestampMs } = proof.statement;
  return {
    format: PROOF_FORMAT,
    entry: proof.entry,
    feed: stepJson(proof.feed),
    ledger: stepJson(proof.ledger),
    statement: { federation, node, height, feeds, root: toHex(root), timestamp: timestampMs },
    signature: toHex(proof.signature),
    ...(proof.decisions.length === 0 ? {} : { decisions: proof.decisions.map(flatDecisionJson) }),
  };
}

/** Reads a proof. Throws `proof_malformed`, `entry_malformed`. */
export function readProof(json: JsonValue): ReceiptProof {
  if (!isObject(json) || json['format'] !== PROOF_FORMAT) throw malformed('format', `must be "${PROOF_FORMAT}"`);
  const { entry, statement } = json;
  if (!isObject(entry)) throw malformed('entry', 'must be an entry');
  if (!isObject(statement)) throw malformed('statement', 'must be an object');
  const { federation, node } = statement;
  if (typeof federation !== 'string' || typeof node !== 'string')
    throw malformed('statement', 'must name federation and node');
  return {
    entry,
    feed: readStep(json['feed'], 'feed'),
    ledger: readStep(json['ledger'], 'ledger'),
    statement: {
      federation,
      node,
      height: readNumber(statement['height'], 'statement.height'),
      feeds: readNumber(statement['feeds'], 'statement.feeds'),
      root: readHex(statement['root'], HASH_BYTES, 'statement.root'),
      timestampMs: readNumber(statement['timestamp'], 'statement.timestamp'),
    },
    signature: readHex(json['signature'], SIGNATURE_BYTES, 'signature'),
    decisions: readFlatDecisions(json['decisions'] ?? []),
  };
}

/**
 * Checks everything but signatures, and lists those. Throws what is wrong: `proof_entry`, `proof_feed_path`, `proof_ledger_path`,
 * `proof_statement`, or the refusal of the entry.
 */
export function examineProof(proof: ReceiptProof): SignatureJob[] {
  const claim = fromFlat(proof.entry);
  const jobs = examineFlat(claim);
  const { feed, ledger, statement } = proof;
  if (feed.index !== claim.seq || claim.log !== 'ledger') throw wrong('proof_entry', 'the path is of another entry');
  if (!verifyInclusion({ ...feed, leafHash: leafHash(claim.hash), proof: feed.path })) {
    throw wrong('proof_feed_path', 'the path does not lead from the entry to the root of its feed');
  }
  const leaf = leafHash(ledgerLeaf({ origin: claim.origin, size: feed.size, root: feed.root }));
  if (!verifyInclusion({ ...ledger, leafHash: leaf, proof: ledger.path })) {
    throw wrong('proof_ledger_path', 'the path does not lead from the feed to the ledger root');
  }
  const key = publicKeyOf(statement.node);
  const sameTree = statement.feeds === ledger.size && equalBytes(statement.root, ledger.root);
  if (key === undefined || statement.federation !== claim.federation || !sameTree) {
    throw wrong('proof_statement', 'the signed statement is about another federation or another tree');
  }
  return [...jobs, { domain: 'root', key, hash: rootStatementHash(statement), signature: proof.signature }];
}

function stepJson({ index, size, root, path }: InclusionStep): JsonObject {
  return { index, size, root: toHex(root), path: path.map(toHex) };
}

function readStep(value: JsonValue | undefined, member: string): InclusionStep {
  if (!isObject(value)) throw malformed(member, 'must be an object');
  const { path } = value;
  if (!Array.isArray(path) || path.length > PATH_LENGTH_MAX)
    throw malformed(`${member}.path`, `must list at most ${PATH_LENGTH_MAX} hashes`);
  return {
    index: readNumber(value['index'], `${member}.index`),
    size: readNumber(value['size'], `${member}.size`),
    root: readHex(value['root'], HASH_BYTES, `${member}.root`),
    path: path.map((hash, i) => readHex(hash, HASH_BYTES, `${member}.path[${i}]`)),
  };
}

function readNumber(value: JsonValue | undefined, member: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw malformed(member, 'must be a whole number from 0');
  return value;
}

function readHex(value: JsonValue | undefined, size: number, member: string): Uint8Array {
  const bytes = typeof value === 'string' ? fromHex(value, size) : undefined;
  if (bytes === undefined) throw malformed(member, `must be ${size * 2} lower-case hex digits`);
  return bytes;
}

function malformed(member: string, message: string): TessraxError {
  return new TessraxError('proof_malformed', `proof: ${member}: ${message}`, { fields: { member } });
}

function wrong(code: string, message: string): TessraxError {
  return new TessraxError(code, message);
}
