/** What every Verifier keeps (ports.ts), and every backend below it: the verdicts of rule R-12, in order, and nothing else changed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { SignatureJob } from '../../src/core/events.ts';
import type { Verifier } from '../../src/ports.ts';
import type { VerifySignature } from '../../src/verify/rule.ts';
import { GOOD_COUNT, goodJobs, judgedJobs } from './signature-cases.ts';

/** The slow twin judges a few hundred cases, once in a process: about two seconds on an idle core. */
const CASES_TIMEOUT_MS = 60_000;

export interface VerifierUnderTest {
  readonly verifier: Verifier;
  /** The same rule over a raw message: the published vectors know nothing of our domains. */
  readonly verifyRaw: VerifySignature;
}

interface PublishedCase {
  readonly index: number;
  readonly message: string;
  readonly public_key: string;
  readonly signature: string;
  readonly accept: boolean;
}

export function verifierSuite(name: string, open: () => VerifierUnderTest): void {
  describe(`Verifier: ${name}`, () => {
    let verifier: Verifier;
    let verifyRaw: VerifySignature;
    before(function () {
      this.timeout(CASES_TIMEOUT_MS);
      judgedJobs();
      ({ verifier, verifyRaw } = open());
    });
    after(() => verifier.close());

    for (const published of publishedCases()) {
      it(`${published.accept ? 'accepts' : 'refuses'} speccheck case ${published.index}`, () => {
        const { message, public_key, signature, accept } = published;
        assert.equal(verifyRaw(bytesOf(signature), bytesOf(message), bytesOf(public_key)), accept);
      });
    }

    it('accepts good signatures in every domain', async () => {
      const jobs = goodJobs(60);
      assert.deepEqual(await verifier.verify(jobs), jobs.map(always));
    });

    it('gives the verdict of the slow twin on good, mutated and crafted signatures, in order', async () => {
      const judged = judgedJobs();
      const verdicts = await verifier.verify(judged.map(({ job }) => job));
      const wrong = judged.filter(({ valid }, i) => verdicts[i] !== valid).map(({ what }) => what);
      assert.deepEqual(wrong, []);
      assert.equal(verdicts.length, judged.length);
    });

    it('keeps the order in batches of every size', async () => {
      const judged = judgedJobs();
      for (const size of [0, 1, 4, 5, 16, 17, 127, 129, 257]) {
        const some = judged.slice(7, 7 + size);
        const verdicts = await verifier.verify(some.map(({ job }) => job));
        assert.deepEqual(
          verdicts,
          some.map(({ valid }) => valid),
          `batch of ${size}`,
        );
      }
    });

    it('answers calls that overlap each with its own verdicts', async () => {
      const judged = judgedJobs();
      const parts = [judged.slice(0, 40), judged.slice(40, 43), judged.slice(43, 200), judged.slice(200, 260)];
      const answers = await Promise.all(parts.map((part) => verifier.verify(part.map(({ job }) => job))));
      assert.deepEqual(
        answers,
        parts.map((part) => part.map(({ valid }) => valid)),
      );
    });

    it("leaves the caller's bytes as they were", async () => {
      const jobs = goodJobs(40);
      const copies = structuredClone(jobs);
      await verifier.verify(jobs);
      assert.deepEqual(jobs, copies);
    });

    it('refuses work after close, which may be called twice', async () => {
      const { verifier: closing } = open();
      await closing.close();
      await closing.close();
      for (const jobs of [goodJobs(1), goodJobs(20)]) {
        await assert.rejects(closing.verify(jobs), { code: 'verifier_closed' });
      }
    });
  });
}

/** The cases must hold what they are meant to: without this, a generator that makes only refusals would pass every backend. */
export function judgedJobsSuite(): void {
  describe('signature cases', () => {
    it('hold good ones, refused mutants, and both kinds with small-order parts', function () {
      this.timeout(CASES_TIMEOUT_MS);
      const judged = judgedJobs();
      const count = (what: RegExp, valid: boolean): number =>
        judged.filter((one) => what.test(one.what) && one.valid === valid).length;
      assert.equal(count(/^good$/, true), GOOD_COUNT);
      assert.equal(count(/^(?!good|torsion)/, true), 0);
      assert.ok(judged.length > 450, String(judged.length));
      assert.ok(count(/^torsion [1-7]/, true) >= 3, 'mixed-order keys that the rule accepts');
      assert.ok(count(/^torsion/, false) > 40, 'valid only with cofactor');
    });
  });
}

function publishedCases(): PublishedCase[] {
  const file = new URL('../vectors/ed25519-speccheck.json', import.meta.url);
  const content: { cases: PublishedCase[] } = JSON.parse(readFileSync(file, 'utf8'));
  return content.cases;
}

function always(_job: SignatureJob): boolean {
  return true;
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
