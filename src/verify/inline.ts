/** A Verifier on the calling thread: for short commands and tests. It blocks for about 50 µs a signature. */
import { TessraxError } from '../core/errors.ts';
import type { Verifier } from '../ports.ts';
import { openBackend, type SignatureBackend, verifyJob } from './backend.ts';

export function createInlineVerifier(backend: SignatureBackend = openBackend()): Verifier {
  let closed = false;
  return {
    async verify(items) {
      if (closed) throw verifierClosed();
      return items.map((item) => verifyJob(backend, item));
    },
    async close() {
      closed = true;
    },
  };
}

export function verifierClosed(): TessraxError {
  return new TessraxError('verifier_closed', 'the signature verifier is closed');
}
