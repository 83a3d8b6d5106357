/** Signature jobs with the verdict of the slow twin: good ones, mutants, and crafted ones. The same on every run. */
import { createHash } from 'node:crypto';
import type { SignatureDomain, SignatureJob } from '../../src/core/events.ts';
import { signedMessage } from '../../src/core/signature.ts';
import { SMALL_ORDER_Y } from '../../src/verify/rule.ts';
import { createNodeSigner } from '../../src/verify/signer.ts';
import * as twin from '../reference/ed25519.ts';

export interface JudgedJob {
  readonly what: string;
  readonly job: SignatureJob;
  readonly valid: boolean;
}

const DOMAINS: readonly SignatureDomain[] = ['entry', 'heartbeat', 'review', 'root'];
/** As many as there are small-order encodings: each is tried with one. */
export const GOOD_COUNT = 14;

let cases: readonly JudgedJob[] | undefined;

/** Several hundred; made once, since the twin needs some milliseconds for each. */
export function judgedJobs(): readonly JudgedJob[] {
  cases ??= [
    ...goodJobs().flatMap((good, i) => [{ what: 'good', job: good }, ...mutantsOf(good, i)]),
    ...torsionJobs(),
  ].map(({ what, job }) => ({ what, job, valid: twinVerdict(job) }));
  return cases;
}

export function goodJobs(count: number = GOOD_COUNT): SignatureJob[] {
  return Array.from({ length: count }, (_, i) => {
    const signer = createNodeSigner(pseudoRandom('seed', i % 7));
    const domain = DOMAINS[i % DOMAINS.length] ?? 'entry';
    const hash = pseudoRandom('hash', i);
    return { domain, key: signer.publicKey, hash, signature: signer.sign(signedMessage(domain, hash)) };
  });
}

function twinVerdict(job: SignatureJob): boolean {
  return job.hash.length === 32 && twin.twinVerify(job.signature, signedMessage(job.domain, job.hash), job.key);
}

type Unjudged = Omit<JudgedJob, 'valid'>;

function mutantsOf(job: SignatureJob, seed: number): Unjudged[] {
  const { key, hash, signature } = job;
  const R = signature.slice(0, 32);
  const S = signature.slice(32);
  const at = (part: number): number => (pseudoRandom('bit', seed)[part] ?? 0) & 0xff;
  const small = smallOrder(seed);
  const otherDomain = DOMAINS.find((domain) => domain !== job.domain) ?? 'entry';
  const mutants: [what: string, change: Partial<SignatureJob>][] = [
    ['key bit', { key: flip(key, at(0)) }],
    ['key bit', { key: flip(key, at(1)) }],
    ['key sign', { key: flip(key, 255) }],
    ['hash bit', { hash: flip(hash, at(2)) }],
    ['R bit', { signature: flip(signature, at(3)) }],
    ['R bit', { signature: flip(signature, at(4)) }],
    ['R sign', { signature: flip(signature, 255) }],
    ['S bit', { signature: flip(signature, 256 + at(5)) }],
    ['S high bit', { signature: flip(signature, 511 - (seed % 3)) }],
    ['S + L', { signature: Uint8Array.of(...R, ...twin.numberToBytes(twin.bytesToNumber(S) + twin.L)) }],
    ['S = L', { signature: Uint8Array.of(...R, ...twin.numberToBytes(twin.L)) }],
    ['S = L - 1', { signature: Uint8Array.of(...R, ...twin.numberToBytes(twin.L - 1n)) }],
    ['S = 0', { signature: Uint8Array.of(...R, ...new Uint8Array(32)) }],
    ['R and S swapped', { signature: Uint8Array.of(...S, ...R) }],
    ['small-order key', { key: small }],
    ['small-order R', { signature: Uint8Array.of(...small, ...S) }],
    ['small-order both, S = 0', { key: small, signature: Uint8Array.of(...small, ...new Uint8Array(32)) }],
    ['truncated signature', { signature: signature.slice(0, seed) }],
    ['long signature', { signature: Uint8Array.of(...signature, 0) }],
    ['truncated key', { key: key.slice(0, 31) }],
    ['long key', { key: Uint8Array.of(...key, 0) }],
    ['truncated hash', { hash: hash.slice(0, 31) }],
    ['empty hash', { hash: new Uint8Array() }],
    ['zero signature', { signature: new Uint8Array(64) }],
    ['ones signature', { signature: new Uint8Array(64).fill(0xff) }],
    ['other domain', { domain: otherDomain }],
  ];
  return mutants.map(([what, change]) => ({ what, job: { ...job, ...change } }));
}

/**
 * Key and commitment with every combination of small-order parts: all pass with cofactor, one in eight without. Then the same with
 * nothing but the small-order part in the key, or in R, where the equation can hold and the rule still refuses.
 */
function torsionJobs(): Unjudged[] {
  const jobs: Unjudged[] = [];
  const scalar = (label: string, i: number): bigint => twin.bytesToNumber(pseudoRandom(label, i)) % twin.L;
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 8; j++) {
      const torsionA = twin.multiply(BigInt(i), twin.ORDER_8);
      const torsionR = twin.multiply(BigInt(j), twin.ORDER_8);
      const shapes: [what: string, a: bigint, r: bigint][] = [
        ['torsion', scalar('a', i), scalar('r', j)],
        ['small-order key', 0n, scalar('r', j)],
        ['small-order R', scalar('a', i), 0n],
      ];
      for (const [what, a, r] of shapes) {
        const hash = pseudoRandom(what, i * 8 + j);
        const signed = twin.signWithTorsion(a, torsionA, r, torsionR, signedMessage('entry', hash));
        jobs.push({ what: `${what} ${i} ${j}`, job: { domain: 'entry', hash, ...signed } });
      }
    }
  }
  return jobs;
}

/** The fourteen encodings: seven y, either sign. */
function smallOrder(index: number): Uint8Array {
  const y = SMALL_ORDER_Y[index % SMALL_ORDER_Y.length] ?? new Uint8Array(32);
  return index % 14 < 7 ? y : flip(y, 255);
}

export function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

export function pseudoRandom(label: string, index: number): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(`${label} ${index}`).digest());
}
