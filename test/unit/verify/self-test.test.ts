import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { hashes, verify as nobleVerify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { TessraxError } from '../../../src/core/errors.ts';
import { BACKEND_NAMES, loadBackend, openBackend } from '../../../src/verify/backend.ts';
import type { VerifySignature } from '../../../src/verify/rule.ts';
import { selfTest } from '../../../src/verify/self-test.ts';
import { loadSodium } from '../../../src/verify/sodium.ts';
import { SPECCHECK_CASES } from '../../../src/verify/speccheck.ts';
import * as twin from '../../reference/ed25519.ts';

describe('signature self-test', () => {
  const reference = loadBackend('reference').verify;
  /** Takes less than 64 bytes for whole ones, as a careless binding would. */
  const withSlack: VerifySignature = (signature, message, key) => {
    const padded = new Uint8Array(64);
    padded.set(signature.subarray(0, 64));
    return reference(padded, message, key);
  };

  const wrong: readonly [name: string, verify: VerifySignature][] = [
    ['one that accepts everything', () => true],
    ['one that refuses everything', () => false],
    ["noble's, with cofactor", cofactored],
    ['the bare equation, with small order allowed', bareEquation],
    ['one that forgives a long signature', withSlack],
  ];
  for (const [name, verify] of wrong) {
    it(`catches ${name}`, () => {
      assert.throws(
        () => selfTest('broken', verify),
        (error) =>
          error instanceof TessraxError &&
          error.code === 'signature_self_test_failed' &&
          error.fields.backend === 'broken' &&
          error.remedy !== '',
      );
    });
  }

  for (const name of BACKEND_NAMES) {
    if (name === 'sodium' && loadSodium().sodium === undefined) continue; // no binding on this platform
    it(`passes ${name}`, () => selfTest(name, loadBackend(name).verify));
  }

  it('holds the published cases as they were published', () => {
    const file = new URL('../../vectors/ed25519-speccheck.json', import.meta.url);
    const published: { cases: Record<string, unknown>[] } = JSON.parse(readFileSync(file, 'utf8'));
    assert.deepEqual(
      SPECCHECK_CASES.map(({ message, key, signature, accept }) => ({ message, key, signature, accept })),
      published.cases.map(({ message, public_key, signature, accept }) => ({
        message,
        key: public_key,
        signature,
        accept,
      })),
    );
  });

  it('has run on the backend that is opened by default', () => {
    assert.equal(openBackend(), openBackend(openBackend().name));
    assert.notEqual(openBackend().name, 'reference');
  });
});

function cofactored(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  hashes.sha512 = sha512;
  try {
    return nobleVerify(signature, message, key);
  } catch {
    return false; // noble throws on wrong sizes
  }
}

function bareEquation(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  return signature.length === 64 && twin.solvesEquation(signature, message, key);
}
