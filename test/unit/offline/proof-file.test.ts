import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../../src/core/bytes.ts';
import { CERTIFICATE_FORMAT, certificateJson } from '../../../src/core/certificate.ts';
import type { JsonObject } from '../../../src/core/entry/canonical-json.ts';
import { isObject } from '../../../src/core/entry/types.ts';
import { checkpointOf } from '../../../src/core/ledger/ledger.ts';
import { MerkleTree } from '../../../src/core/merkle/tree.ts';
import type { Verdict } from '../../../src/offline/context.ts';
import { verifyPath } from '../../../src/offline/verify-path.ts';
import {
  ALICE,
  BOB,
  CAROL,
  FEDERATION,
  FEDERATION_FILE,
  MALLORY,
  OPEN_FEDERATION,
  type TestKey,
} from '../core/fixtures.ts';
import { FEEDS, flatOf, proofOf, rememberingVerifier } from './sample.ts';
import { voteOf } from './sample-folder.ts';

const verifier = rememberingVerifier();
let file = '';

before(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'tessrax-proof-')), 'proof.json');
});
after(() => rm(join(file, '..'), { recursive: true }));

async function verify(content: string | Uint8Array, pin?: typeof FEDERATION): Promise<Verdict> {
  await writeFile(file, content);
  return await verifyPath(file, pin === undefined ? { verifier } : { verifier, pin });
}

async function codeOf(json: JsonObject, pin?: typeof FEDERATION): Promise<string | undefined> {
  const { verified, faults } = await verify(JSON.stringify(json), pin);
  equal(verified, faults.length === 0);
  return faults[0]?.code;
}

/** False for every copy with one bit changed. */
async function expectEveryBitFound(json: JsonObject, step: number): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(json)}\n`);
  for (let at = 0; at < bytes.length; at += step) {
    for (const bit of [1 << (at % 8), 0x20]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ bit;
      const verified = await verify(damaged).then(
        (verdict) => verdict.verified,
        (error: { code: string }) => (error.code === 'not_recognised' ? false : error.code),
      );
      equal(verified, false, `byte ${at}: ${bytes.subarray(at - 10, at + 10)}`);
    }
  }
}

function objectIn(json: JsonObject, name: string): JsonObject {
  const value = json[name];
  if (!isObject(value)) throw new Error(`${name} is no object`);
  return value;
}

describe('verifying a proof', () => {
  const proof = proofOf(0, 0);

  it('takes what a node gives, on one line or indented', async () => {
    for (const text of [JSON.stringify(proof), `${JSON.stringify(proof)}\n`, `${JSON.stringify(proof, null, 2)}\n`]) {
      const { verified, kind, faults, summary } = await verify(text, FEDERATION);
      deepEqual(faults, []);
      deepEqual([verified, kind, summary?.receipt], [true, 'proof', objectIn(proof, 'entry')['hash']]);
    }
  });

  it('takes the proof of every entry', async () => {
    for (const [i, { head }] of FEEDS.entries()) {
      for (let seq = 0; seq < head.size; seq++) equal(await codeOf(proofOf(i, seq)), undefined);
    }
  });

  it('finds one changed bit wherever it is', () => expectEveryBitFound(proof, 11));

  it('finds another spelling of the same value', async () => {
    const text = JSON.stringify(
      proofOf(
        FEEDS.findIndex(({ head }) => head.origin === ALICE.peer),
        0,
      ),
    );
    ok(text.includes('1e+21'));
    equal((await verify(text)).verified, true);
    equal((await verify(text.replace('1e+21', '1E+21'))).faults[0]?.code, 'spelling_changed');
    equal((await verify(text.replace(',"feed"', ', "feed"'))).faults[0]?.code, 'spelling_changed');
  });

  const cases: readonly (readonly [string, () => JsonObject, string])[] = [
    ['another entry of the feed', () => ({ ...proof, entry: flatOf(FEEDS[0] ?? raise(), 1) }), 'proof_entry'],
    ['another place', () => ({ ...proof, feed: { ...objectIn(proof, 'feed'), index: 1 } }), 'proof_entry'],
    ['another path', () => ({ ...proof, feed: { ...objectIn(proof, 'feed'), path: [] } }), 'proof_feed_path'],
    ['another feed', () => ({ ...proof, ledger: { ...objectIn(proof, 'ledger'), index: 1 } }), 'proof_ledger_path'],
    [
      'another root',
      () => ({ ...proof, statement: { ...objectIn(proof, 'statement'), root: '0'.repeat(64) } }),
      'proof_statement',
    ],
    [
      'another height',
      () => ({ ...proof, statement: { ...objectIn(proof, 'statement'), height: 51 } }),
      'signature_invalid',
    ],
    [
      'another signer',
      () => ({ ...proof, statement: { ...objectIn(proof, 'statement'), node: MALLORY.peer } }),
      'signature_invalid',
    ],
    ['a member too many', () => ({ ...proof, note: 1 }), 'proof_malformed'],
    [
      'a member too many inside',
      () => ({ ...proof, feed: { ...objectIn(proof, 'feed'), note: 1 } }),
      'proof_malformed',
    ],
    ['a newer format', () => ({ ...proof, format: 'tessrax-proof/2' }), 'proof_malformed'],
  ];
  for (const [what, change, code] of cases) it(`refuses ${what}`, async () => equal(await codeOf(change()), code));

  it('refuses another federation than the pinned one', async () => {
    equal(await codeOf(proof, OPEN_FEDERATION), 'wrong_federation');
  });
});

function raise(): never {
  throw new Error('no feed');
}

describe('verifying a certificate', () => {
  const feed = FEEDS[0] ?? raise();
  const tree = new MerkleTree(feed.entries.map(({ hash }) => hash));

  function certificate(witnesses: readonly TestKey[], seq = 4): JsonObject {
    const votes = witnesses.map((witness) => ({
      vote: voteOf(witness, checkpointOf(feed.head)),
      feedPath: tree.inclusion(seq),
    }));
    return certificateJson({ federation: FEDERATION_FILE, entry: flatOf(feed, seq), votes, decisions: [] });
  }

  it('takes the votes of a threshold of witnesses', async () => {
    const { verified, kind, faults, summary } = await verify(
      JSON.stringify(certificate([ALICE, BOB, CAROL])),
      FEDERATION,
    );
    deepEqual(faults, []);
    deepEqual([verified, kind, summary?.votes, summary?.threshold], [true, 'certificate', 3, FEDERATION.threshold]);
  });

  it('finds one changed bit wherever it is', () => expectEveryBitFound(certificate([ALICE, BOB, CAROL]), 41));

  it('refuses too few votes, one twice, one of no witness, one for another entry, one that is forged', async () => {
    equal(await codeOf(certificate([ALICE, BOB])), 'certificate_short');
    equal(await codeOf(certificate([ALICE, BOB, BOB])), 'certificate_vote');
    equal(await codeOf(certificate([ALICE, BOB, MALLORY])), 'certificate_vote');
    const good = certificate([ALICE, BOB, CAROL]);
    equal(await codeOf({ ...good, entry: flatOf(feed, 5) }), 'certificate_vote');
    const votes = Array.isArray(good['votes']) ? good['votes'] : [];
    equal(
      await codeOf({ ...good, votes: votes.with(0, { ...votes[0], signature: toHex(new Uint8Array(64).fill(1)) }) }),
      'signature_invalid',
    );
    equal(await codeOf({ ...good, votes: votes.with(0, { ...votes[0], note: 1 }) }), 'certificate_malformed');
    equal(await codeOf({ ...good, format: `${CERTIFICATE_FORMAT}1` }), 'certificate_malformed');
    equal(await codeOf(good, OPEN_FEDERATION), 'wrong_federation');
  });
});
