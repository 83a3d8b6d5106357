/**
 * What this page checks of an entry by itself, with the protocol's own code: SHA-256 without a platform, and the signature rule R-12 written
 * out. Nothing the node says about validity is asked or believed.
 */

import { sha256 } from '#sha256';
import { equalBytes, toHex } from '../../src/core/bytes.ts';
import { examineCertificate, readCertificate } from '../../src/core/certificate.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { examineFlat } from '../../src/core/entry/examine-flat.ts';
import { type FlatClaim, fromFlat } from '../../src/core/entry/flat.ts';
import { receiptHash } from '../../src/core/entry/header.ts';
import { parseStrict } from '../../src/core/entry/strict-json.ts';
import { isObject } from '../../src/core/entry/types.ts';
import { describeError } from '../../src/core/errors.ts';
import type { SignatureJob } from '../../src/core/events.ts';
import { readFederation } from '../../src/core/federation/genesis.ts';
import { ledgerLeaf } from '../../src/core/ledger/ledger.ts';
import { leafHash } from '../../src/core/merkle/hash.ts';
import { verifyInclusion } from '../../src/core/merkle/verify.ts';
import { publicKeyOf } from '../../src/core/peer-id.ts';
import {
  examineProof,
  type InclusionStep,
  type ReceiptProof,
  readProof,
  rootStatementHash,
} from '../../src/core/proof.ts';
import { signedMessage } from '../../src/core/signature.ts';
import { referenceVerify } from '../../src/verify/reference.ts';
import { type WalkStep, walk } from './walk.ts';

export interface Check {
  readonly title: string;
  readonly holds: boolean;
  /** What was compared with what, or what is wrong. */
  readonly detail: string;
}

/** A tree with the way through it. */
export interface Climb {
  readonly title: string;
  readonly step: InclusionStep;
  readonly leaf: Uint8Array;
  readonly steps: readonly WalkStep[];
  readonly holds: boolean;
}

export interface Report {
  readonly checks: readonly Check[];
  readonly holds: boolean;
  readonly entry: JsonObject | undefined;
  readonly proof: ReceiptProof | undefined;
  readonly climbs: readonly Climb[];
}

/** Checks a proof as it came, against the receipt hash that was asked for. */
export function checkProof(text: string, asked: string): Report {
  let proof: ReceiptProof;
  let claim: FlatClaim;
  try {
    proof = readProof(parseStrict(text));
    claim = fromFlat(proof.entry);
  } catch (error) {
    return unreadable(error);
  }
  const leaf = leafHash(claim.hash);
  const feed = climb('Feed', proof.feed, leaf);
  const feedLeaf = leafHash(ledgerLeaf({ origin: claim.origin, size: proof.feed.size, root: proof.feed.root }));
  const ledger = climb('Ledger', proof.ledger, feedLeaf);
  const checks = [
    ...entryChecks(proof.entry, claim, asked),
    climbCheck(feed, `receipt hash → root of the feed, ${proof.feed.size} entries`),
    climbCheck(ledger, `feed root → ledger root, ${proof.ledger.size} feeds`),
    statementCheck(proof),
  ];
  return { ...report([...checks, ...wholeCheck(checks, proof)]), entry: proof.entry, proof, climbs: [feed, ledger] };
}

/** An entry alone: of a journal, which is in no ledger. */
export function checkEntry(text: string, asked: string): Report {
  try {
    const entry = parseStrict(text);
    if (!isObject(entry)) throw new Error('the answer is no entry');
    return { ...report(entryChecks(entry, fromFlat(entry), asked)), entry, proof: undefined, climbs: [] };
  } catch (error) {
    return unreadable(error);
  }
}

/** The votes of a threshold of witnesses, against the federation that the page was opened for. */
export function checkCertificate(text: string, asked: string, federationId: string): Check {
  const title = 'Enough witnesses signed for it';
  try {
    const certificate = readCertificate(parseStrict(text));
    const jobs = examineCertificate(certificate);
    const federation = readFederation(certificate.federation);
    const claim = fromFlat(certificate.entry);
    if (toHex(claim.hash) !== asked) return fails(title, 'the certificate is for another entry');
    if (federation.id !== federationId) return fails(title, `the certificate is of federation ${federation.id}`);
    if (!jobs.every(signatureHolds)) return fails(title, 'a signature in the certificate does not hold');
    const names = certificate.votes.map(({ vote }) => organisationOf(federation.witnesses, vote.witness));
    return {
      title,
      holds: true,
      detail: `${names.join(', ')}: ${names.length} signed votes, ${federation.threshold} needed by the federation file, whose hash is the federation ID`,
    };
  } catch (error) {
    return fails(title, describeError(error));
  }
}

function organisationOf(witnesses: readonly { peer: string; organisation: string }[], peer: string): string {
  return witnesses.find((witness) => witness.peer === peer)?.organisation ?? peer;
}

function entryChecks(entry: JsonObject, claim: FlatClaim, asked: string): Check[] {
  const bodyHash = sha256(claim.body);
  const hash = receiptHash(claim);
  const bodyHolds = equalBytes(bodyHash, claim.bodyHash) && claim.body.length === claim.bodySize;
  const hashHolds = equalBytes(hash, claim.hash) && toHex(hash) === asked;
  const key = publicKeyOf(claim.origin) ?? new Uint8Array();
  const signed = signatureHolds({ domain: 'entry', key, hash, signature: claim.signature });
  return [
    {
      title: 'The content is what the header names',
      holds: bodyHolds,
      detail: bodyHolds
        ? `SHA-256 of the ${claim.body.length} bytes of canonical JSON = body_hash`
        : `the content shown hashes to ${toHex(bodyHash)}, the header names ${toHex(claim.bodyHash)}`,
    },
    {
      title: 'The header has this receipt hash',
      holds: hashHolds,
      detail: hashHolds
        ? `SHA-256 of the header = ${asked}`
        : `the header hashes to ${toHex(hash)}, asked was ${asked}`,
    },
    {
      title: 'Its author signed it',
      holds: signed,
      detail: signed
        ? `strict Ed25519 over the receipt hash, by the key inside ${claim.origin}`
        : `the signature is not by the key inside ${claim.origin}`,
    },
    rulesCheck(entry, claim),
  ];
}

function rulesCheck(entry: JsonObject, claim: FlatClaim): Check {
  const title = 'It keeps the rules of its type';
  try {
    const reviews = examineFlat(claim).slice(1);
    if (!reviews.every(signatureHolds)) return fails(title, 'the signature of a reviewer does not hold');
    const reviewed = reviews.length === 0 ? '' : `, ${reviews.length} reviewers’ signatures`;
    return { title, holds: true, detail: `sizes, members and place of a ${String(entry['type'])}${reviewed}` };
  } catch (error) {
    return fails(title, describeError(error));
  }
}

function climb(title: string, step: InclusionStep, leaf: Uint8Array): Climb {
  const holds = verifyInclusion({ ...step, leafHash: leaf, proof: step.path });
  return { title, step, leaf, steps: walk(leaf, step), holds };
}

function climbCheck({ title, holds, step }: Climb, what: string): Check {
  const name = `${title} root, recomputed`;
  if (!holds) return fails(name, `${what}: the path does not lead to ${toHex(step.root)}`);
  return { title: name, holds, detail: `${what}, in ${step.path.length} steps = ${toHex(step.root)}` };
}

function statementCheck({ statement, ledger, entry, signature }: ReceiptProof): Check {
  const title = 'A node signed for this ledger root';
  const key = publicKeyOf(statement.node);
  const isSame = equalBytes(statement.root, ledger.root) && statement.feeds === ledger.size;
  if (key === undefined || !isSame || statement.federation !== entry['federation'])
    return fails(title, 'the signed statement is about another tree, or another federation');
  const { node, height, timestampMs } = statement;
  const hash = rootStatementHash(statement);
  const holds = signatureHolds({ domain: 'root', key, hash, signature });
  return holds
    ? { title, holds, detail: `${node}, at height ${height}, ${new Date(timestampMs).toISOString()}` }
    : fails(title, `the signature is not by ${node}`);
}

/** The whole examination as offline verification does it: it must agree with the parts. */
function wholeCheck(checks: readonly Check[], proof: ReceiptProof): Check[] {
  if (!checks.every(({ holds }) => holds)) return [];
  try {
    return examineProof(proof).every(signatureHolds)
      ? []
      : [fails('The proof as a whole', 'a signature does not hold')];
  } catch (error) {
    return [fails('The proof as a whole', describeError(error))];
  }
}

function signatureHolds({ domain, key, hash, signature }: SignatureJob): boolean {
  return referenceVerify(signature, signedMessage(domain, hash), key);
}

function fails(title: string, detail: string): Check {
  return { title, holds: false, detail };
}

function report(checks: readonly Check[]): Pick<Report, 'checks' | 'holds'> {
  return { checks, holds: checks.every(({ holds }) => holds) };
}

function unreadable(error: unknown): Report {
  const check = fails('The answer is a proof', describeError(error));
  return { ...report([check]), entry: undefined, proof: undefined, climbs: [] };
}
