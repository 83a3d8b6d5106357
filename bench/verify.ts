/** Signature verification alone: every backend on the calling thread, and on the worker pool with 1 and 2 threads. */

import { TessraxError } from '../src/core/errors.ts';
import type { SignatureJob } from '../src/core/events.ts';
import { sha256 } from '../src/core/sha256-node.ts';
import { signedMessage } from '../src/core/signature.ts';
import { createIdentity } from '../src/identity/identity.ts';
import type { Verifier } from '../src/ports.ts';
import { BACKEND_NAMES, openBackend, type SignatureBackend } from '../src/verify/backend.ts';
import { createInlineVerifier } from '../src/verify/inline.ts';
import { createVerifierPool } from '../src/verify/pool.ts';
import { createSigner } from '../src/verify/signer.ts';
import type { Bench } from './bench.ts';
import { type Measurement, rounded } from './report.ts';

const SIGNATURES = 20_000;
/** The reference is slow by design. */
const SIGNATURES_REFERENCE = 300;
const BATCH = 1000;

export const verify: Bench = {
  name: 'verify',
  summary: `signatures checked a second, by backend and threads (n = ${SIGNATURES}; reference ${SIGNATURES_REFERENCE})`,
  async *run({ n }) {
    for (const name of BACKEND_NAMES) {
      const backend = openBackend(name);
      const jobs = makeJobs(n ?? (name === 'reference' ? SIGNATURES_REFERENCE : SIGNATURES));
      yield await measure(backend, jobs, { mode: 'inline', threads: 1 }, createInlineVerifier(backend));
      for (const threads of [1, 2]) {
        yield await measure(
          backend,
          jobs,
          { mode: 'pool', threads },
          createVerifierPool({ workers: threads, backend }),
        );
      }
    }
  },
};

async function measure(
  backend: SignatureBackend,
  jobs: readonly SignatureJob[],
  how: { readonly mode: string; readonly threads: number },
  verifier: Verifier,
): Promise<Measurement> {
  try {
    await verifyAll(verifier, jobs.slice(0, 64)); // starts the threads
    const started = performance.now();
    await verifyAll(verifier, jobs);
    const seconds = (performance.now() - started) / 1000;
    const n = jobs.length;
    return {
      n,
      seconds: rounded(seconds, 3),
      rate: rounded(n / seconds),
      unit: 'signatures/s',
      backend: backend.name,
      ...how,
    };
  } finally {
    await verifier.close();
  }
}

async function verifyAll(verifier: Verifier, jobs: readonly SignatureJob[]): Promise<void> {
  const batches: Promise<boolean[]>[] = [];
  for (let at = 0; at < jobs.length; at += BATCH) batches.push(verifier.verify(jobs.slice(at, at + BATCH)));
  const valid = (await Promise.all(batches)).flat();
  if (valid.length !== jobs.length || !valid.every(Boolean))
    throw new TessraxError('bench_invalid', 'a signature of the bench is not valid');
}

function makeJobs(count: number): SignatureJob[] {
  const signers = Array.from({ length: 4 }, () => createSigner(createIdentity().seed));
  const jobs: SignatureJob[] = [];
  for (let i = 0; jobs.length < count; i++) {
    const signer = signers[i % signers.length];
    const hash = sha256(`receipt ${i}`);
    if (signer !== undefined)
      jobs.push({ domain: 'entry', key: signer.publicKey, hash, signature: signer.sign(signedMessage('entry', hash)) });
  }
  return jobs;
}
