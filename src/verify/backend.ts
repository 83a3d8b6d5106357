/** The ways to check a signature under rule R-12. All give the same verdict on every input; they differ in speed. */
import { TessraxError } from '../core/errors.ts';
import type { SignatureDomain, SignatureJob } from '../core/events.ts';
import { HASH_BYTES, signedMessage } from '../core/signature.ts';
import { nodeVerify, sodiumVerify } from './native.ts';
import { referenceVerify } from './reference.ts';
import type { VerifySignature } from './rule.ts';
import { selfTest } from './self-test.ts';
import { loadSodium } from './sodium.ts';

export const BACKEND_NAMES = ['sodium', 'node', 'reference'] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

export interface SignatureBackend {
  readonly name: BackendName;
  readonly verify: VerifySignature;
}

const tested = new Map<BackendName, SignatureBackend>();

/**
 * The named backend, or the fastest there is, after its self-test (once per process).
 *
 * @throws TessraxError `signature_self_test_failed`, or `sodium_unavailable` when sodium is asked for by name and does not load
 */
export function openBackend(name: BackendName = fastestBackend()): SignatureBackend {
  let backend = tested.get(name);
  if (backend === undefined) {
    backend = loadBackend(name);
    selfTest(backend.name, backend.verify);
    tested.set(name, backend);
  }
  return backend;
}

/** Without the self-test: for worker threads of a process that has run it. */
export function loadBackend(name: BackendName): SignatureBackend {
  switch (name) {
    case 'reference':
      return { name, verify: referenceVerify };
    case 'node':
      return { name, verify: nodeVerify() };
    case 'sodium': {
      const load = loadSodium();
      if (load.sodium !== undefined) return { name, verify: sodiumVerify(load.sodium) };
      throw new TessraxError('sodium_unavailable', `sodium-native does not load: ${load.reason}`, {
        remedy: 'reinstall the dependencies (npm ci), or let the node choose node:crypto',
      });
    }
  }
}

// Checking is synchronous and keeps nothing of a message, so that one of each domain serves every call: a new one costs 0.4 µs each time.
const NO_HASH = new Uint8Array(HASH_BYTES);
const messages: Readonly<Record<SignatureDomain, Uint8Array>> = {
  entry: signedMessage('entry', NO_HASH),
  heartbeat: signedMessage('heartbeat', NO_HASH),
  review: signedMessage('review', NO_HASH),
  root: signedMessage('root', NO_HASH),
};

/** Verdict on a job: the signature over the hash in its domain. A hash that is not 32 bytes long is signed by nobody. */
export function verifyJob(backend: SignatureBackend, job: SignatureJob): boolean {
  if (job.hash.length !== HASH_BYTES) return false;
  const message = messages[job.domain];
  message.set(job.hash, message.length - HASH_BYTES);
  return backend.verify(job.signature, message, job.key);
}

function fastestBackend(): BackendName {
  return loadSodium().sodium === undefined ? 'node' : 'sodium';
}
