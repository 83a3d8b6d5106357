import { BACKEND_NAMES, type BackendName, loadBackend } from '../../../src/verify/backend.ts';
import { createInlineVerifier } from '../../../src/verify/inline.ts';
import { createVerifierPool } from '../../../src/verify/pool.ts';
import { loadSodium } from '../../../src/verify/sodium.ts';
import { judgedJobsSuite, verifierSuite } from '../../suites/verifier.ts';

/** Sodium has no binding on some platforms; node:crypto does its work there. */
const isHere = (name: BackendName): boolean => name !== 'sodium' || loadSodium().sodium !== undefined;

judgedJobsSuite();

for (const name of BACKEND_NAMES.filter(isHere)) {
  verifierSuite(`inline, ${name}`, () => {
    const backend = loadBackend(name);
    return { verifier: createInlineVerifier(backend), verifyRaw: backend.verify };
  });
}

for (const [workers, name] of [
  [1, 'sodium'],
  [2, 'sodium'],
  [2, 'node'],
] as const) {
  if (!isHere(name)) continue;
  verifierSuite(`pool of ${workers}, ${name}`, () => {
    const backend = loadBackend(name);
    return { verifier: createVerifierPool({ workers, backend }), verifyRaw: backend.verify };
  });
}
