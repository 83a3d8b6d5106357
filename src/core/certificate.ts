/**
 * A certificate: an entry with the votes of a threshold of witnesses, each with the path from the entry to what was signed. Checked with
 * nothing but itself and the federation file inside, whose hash is the federation ID.
 */
import { fromHex, toHex } from './bytes.ts';
import type { JsonObject, JsonValue } from './entry/canonical-json.ts';
import { examineFlat } from './entry/examine-flat.ts';
import { fromFlat } from './entry/flat.ts';
import { HASH_BYTES, SIGNATURE_BYTES } from './entry/header.ts';
import { isObject } from './entry/types.ts';
import { TessraxError } from './errors.ts';
import type { SignatureJob } from './events.ts';
import { type FlatDecision, flatDecisionJson, followDecisions, readFlatDecisions } from './federation/decision-json.ts';
import { EpochChain } from './federation/epoch-chain.ts';
import { type Federation, readFederation } from './federation/genesis.ts';
import type { Electorate } from './federation/governance-record.ts';
import { examineVote, type Vote } from './federation/vote.ts';
import { HEARTBEAT_CORE_BYTES_MAX, PROOF_HASHES_MAX, WITNESSES_COUNT_MAX } from './limits.ts';
import { leafHash } from './merkle/hash.ts';
import { verifyInclusion } from './merkle/verify.ts';

export const CERTIFICATE_FORMAT = 'tessrax-certificate/1';

/** A vote, and the path from the entry to the feed root that the vote names. */
export interface CertifyingVote {
  readonly vote: Vote;
  readonly feedPath: readonly Uint8Array[];
}

export interface Certificate {
  /** The federation file. */
  readonly federation: JsonValue;
  readonly entry: JsonObject;
  readonly votes: readonly CertifyingVote[];
  /** How the epochs ended before that of the votes: none when they are of the witnesses of the file. */
  readonly decisions: readonly FlatDecision[];
}

export function certificateJson({ federation, entry, votes, decisions }: Certificate): JsonObject {
  const chain = decisions.length === 0 ? {} : { decisions: decisions.map(flatDecisionJson) };
  return { format: CERTIFICATE_FORMAT, federation, ...chain, entry, votes: votes.map(voteJson) };
}

function voteJson({ vote, feedPath }: CertifyingVote): JsonObject {
  const { witness, checkpoint, core, signature, tree, index, path } = vote;
  return {
    witness,
    size: checkpoint.size,
    root: toHex(checkpoint.root),
    feed_path: feedPath.map(toHex),
    tree,
    index,
    path: path.map(toHex),
    heartbeat: toHex(core),
    signature: toHex(signature),
  };
}

/** Reads a certificate. Throws `certificate_malformed`. */
export function readCertificate(json: JsonValue): Certificate {
  if (!isObject(json) || json['format'] !== CERTIFICATE_FORMAT)
    throw malformed('format', `must be "${CERTIFICATE_FORMAT}"`);
  const { federation, entry, votes, decisions = [] } = json;
  if (federation === undefined) throw malformed('federation', 'must be the federation file');
  if (!isObject(entry)) throw malformed('entry', 'must be an entry');
  if (!Array.isArray(votes) || votes.length > WITNESSES_COUNT_MAX)
    throw malformed('votes', `must list at most ${WITNESSES_COUNT_MAX} votes`);
  const { origin } = entry;
  if (typeof origin !== 'string') throw malformed('entry.origin', 'must be a peer ID');
  return {
    federation,
    entry,
    votes: votes.map((vote, i) => readVoteJson(vote, origin, `votes[${i}]`)),
    decisions: readFlatDecisions(decisions),
  };
}

function readVoteJson(json: JsonValue | undefined, origin: string, member: string): CertifyingVote {
  if (!isObject(json)) throw malformed(member, 'must be an object');
  const { witness, size, tree, index } = json;
  if (typeof witness !== 'string') throw malformed(`${member}.witness`, 'must be a peer ID');
  if (tree !== 'changed' && tree !== 'ledger') throw malformed(`${member}.tree`, 'must be "changed" or "ledger"');
  const core = readBytes(json['heartbeat'], `${member}.heartbeat`, HEARTBEAT_CORE_BYTES_MAX);
  return {
    vote: {
      witness,
      checkpoint: {
        origin,
        size: readNumber(size, `${member}.size`),
        root: readExact(json['root'], `${member}.root`, HASH_BYTES),
      },
      core,
      signature: readExact(json['signature'], `${member}.signature`, SIGNATURE_BYTES),
      tree,
      index: readNumber(index, `${member}.index`),
      path: readPath(json['path'], `${member}.path`),
    },
    feedPath: readPath(json['feed_path'], `${member}.feed_path`),
  };
}

/**
 * Checks everything but signatures, and lists those: all must hold. Throws what is wrong: `certificate_short` (fewer votes than the
 * threshold), `certificate_vote` (not a witness, listed twice, another feed), `certificate_epoch` (the decisions do not lead to the
 * witnesses that voted), or the refusal of the entry, of a decision or of a vote.
 */
export function examineCertificate(certificate: Certificate): readonly SignatureJob[] {
  return certificateFindings(certificate).jobs;
}

/** The same, with what it was examined by. */
export function certificateFindings({ federation: file, entry, votes, decisions }: Certificate): Findings {
  const federation = readFederation(file);
  const claim = fromFlat(entry);
  const chain = new EpochChain(federation);
  const jobs = [...examineFlat(claim), ...followDecisions(chain, decisions)];
  if (claim.federation !== federation.id || claim.log !== 'ledger') {
    throw new TessraxError('certificate_federation', 'the entry is not one of the ledger of this federation');
  }
  const electorate = chain.current;
  if (electorate.since !== chain.epoch)
    throw new TessraxError('certificate_epoch', 'its last decision leaves the witnesses as they were');
  const witnesses = new Set(electorate.witnesses);
  for (const { vote, feedPath } of votes) {
    const { witness, checkpoint } = vote;
    if (!witnesses.delete(witness))
      throw new TessraxError('certificate_vote', `${witness} is not a witness, or is listed twice`);
    const leaf = leafHash(claim.hash);
    if (
      !verifyInclusion({
        index: claim.seq,
        size: checkpoint.size,
        root: checkpoint.root,
        leafHash: leaf,
        proof: feedPath,
      })
    ) {
      throw new TessraxError(
        'certificate_vote',
        `the path of ${witness}'s vote does not lead from the entry to its root`,
      );
    }
    jobs.push(examineVote(vote, federation.id, electorate.since));
  }
  if (votes.length < electorate.threshold) {
    throw new TessraxError('certificate_short', `${votes.length} votes, ${electorate.threshold} are needed`, {
      fields: { votes: votes.length, threshold: electorate.threshold },
    });
  }
  return { jobs, federation, electorate, chain };
}

/** What a certificate was examined by, and the signatures that must hold. */
export interface Findings {
  readonly jobs: readonly SignatureJob[];
  readonly federation: Federation;
  readonly electorate: Electorate;
  /** The epochs up to that of the votes. */
  readonly chain: EpochChain;
}

function readNumber(value: JsonValue | undefined, member: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw malformed(member, 'must be a whole number from 0');
  return value;
}

function readPath(value: JsonValue | undefined, member: string): Uint8Array[] {
  if (!Array.isArray(value) || value.length > PROOF_HASHES_MAX)
    throw malformed(member, `must list at most ${PROOF_HASHES_MAX} hashes`);
  return value.map((hash, i) => readExact(hash, `${member}[${i}]`, HASH_BYTES));
}

function readExact(value: JsonValue | undefined, member: string, size: number): Uint8Array {
  const bytes = readBytes(value, member, size);
  if (bytes.length !== size) throw malformed(member, `must be ${size * 2} lower-case hex digits`);
  return bytes;
}

function readBytes(value: JsonValue | undefined, member: string, sizeMax: number): Uint8Array {
  const bytes = typeof value === 'string' && value.length <= sizeMax * 2 ? fromHex(value, value.length / 2) : undefined;
  if (bytes === undefined || bytes.length === 0) {
    throw malformed(member, `must be at most ${sizeMax * 2} lower-case hex digits`);
  }
  return bytes;
}

function malformed(member: string, message: string): TessraxError {
  return new TessraxError('certificate_malformed', `certificate: ${member}: ${message}`, { fields: { member } });
}
