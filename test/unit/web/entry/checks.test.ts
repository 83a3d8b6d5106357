import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { toHex } from '../../../../src/core/bytes.ts';
import type { JsonObject } from '../../../../src/core/entry/canonical-json.ts';
import { isObject } from '../../../../src/core/entry/types.ts';
import { leafHash } from '../../../../src/core/merkle/hash.ts';
import { MerkleTree } from '../../../../src/core/merkle/tree.ts';
import { verifyInclusion } from '../../../../src/core/merkle/verify.ts';
import { checkCertificate, checkEntry, checkProof } from '../../../../web/entry/checks.ts';
import { walk } from '../../../../web/entry/walk.ts';
import { ApiRig, listOf } from '../../node-rig.ts';

describe('web: the way through a tree', () => {
  it('ends at the root for every leaf of every small tree', () => {
    for (let size = 1; size <= 33; size++) {
      const leaves = Array.from({ length: size }, (_, i) => Uint8Array.of(size, i));
      const tree = new MerkleTree(leaves);
      for (const [index, data] of leaves.entries()) {
        const leaf = leafHash(data);
        const path = tree.inclusion(index);
        ok(verifyInclusion({ index, size, leafHash: leaf, root: tree.root, proof: path }));
        const steps = walk(leaf, { index, size, path });
        equal(steps.length, path.length);
        equal(toHex(steps.at(-1)?.result ?? leaf), toHex(tree.root), `leaf ${index} of ${size}`);
      }
    }
  });
});

describe('web: what the page checks of an entry', () => {
  let api: ApiRig;
  let hash = '';
  let text = '';
  before(async () => {
    api = await ApiRig.start();
    const drafts = Array.from({ length: 6 }, (_, n) => ({ payload: { n, words: 'as they were written' } }));
    hash = String(listOf(await api.post('/v1/receipts', drafts), 'entries')[2]?.['hash']);
    text = (await api.get(`/v1/receipts/${hash}/proof`)).text;
  });
  after(() => api.stop());

  const failedTitles = (changed: string, asked = hash): string[] =>
    checkProof(changed, asked)
      .checks.filter(({ holds }) => !holds)
      .map(({ title }) => title);

  /** The proof with one member changed, at a path of names. */
  function withMember(path: readonly string[], change: (value: unknown) => unknown): string {
    const proof: JsonObject = JSON.parse(text);
    const [last = '', ...parents] = [...path].reverse();
    let target = proof;
    for (const name of parents.reverse()) {
      const next = target[name];
      if (!isObject(next)) throw new Error(`${name} is no object`);
      target = next;
    }
    Object.assign(target, { [last]: change(target[last]) });
    return JSON.stringify(proof);
  }
  const flip = (value: unknown): string => {
    const hex = String(value);
    return `${hex.startsWith('0') ? '1' : '0'}${hex.slice(1)}`;
  };

  it('accepts what the node gives, with every step of the way', () => {
    const report = checkProof(text, hash);
    deepEqual(failedTitles(text), []);
    ok(report.holds && report.checks.length >= 7);
    deepEqual(
      report.climbs.map(({ step, steps, leaf }) => toHex(steps.at(-1)?.result ?? leaf) === toHex(step.root)),
      [true, true],
    );
  });

  const CONTENT = 'The content is what the header names';
  const HASH = 'The header has this receipt hash';
  const SIGNED = 'Its author signed it';
  const FEED = 'Feed root, recomputed';
  const LEDGER = 'Ledger root, recomputed';
  const STATEMENT = 'A node signed for this ledger root';
  const cases: readonly (readonly [string, readonly string[], (value: unknown) => unknown, readonly string[]])[] = [
    ['another payload', ['entry', 'payload'], () => ({ n: 2, words: 'changed' }), [CONTENT]],
    ['another body hash', ['entry', 'body_hash'], flip, [CONTENT, HASH, SIGNED]],
    ['another time', ['entry', 'timestamp'], (value) => Number(value) + 1, [HASH, SIGNED]],
    ['another receipt hash', ['entry', 'hash'], flip, [HASH, FEED]],
    ['another signature', ['entry', 'signature'], flip, [SIGNED]],
    ['another feed root', ['feed', 'root'], flip, [FEED, LEDGER]],
    ['another place', ['feed', 'index'], () => 3, [FEED]],
    ['another ledger root', ['ledger', 'root'], flip, [LEDGER, STATEMENT]],
    ['another statement', ['statement', 'height'], () => 7, [STATEMENT]],
    ['another signature under the root', ['signature'], flip, [STATEMENT]],
  ];
  for (const [name, path, change, expected] of cases) {
    it(`sees ${name}`, () => {
      const failed = failedTitles(withMember(path, change));
      for (const title of expected) ok(failed.includes(title), `${title} holds; failed: ${failed.join(', ')}`);
    });
  }

  it('sees the true proof of another entry', async () => {
    const other = String(listOf(await api.get('/v1/receipts'), 'entries')[4]?.['hash']);
    deepEqual(failedTitles((await api.get(`/v1/receipts/${other}/proof`)).text), [HASH]);
  });

  for (const [name, garbage] of [
    ['nothing', ''],
    ['a list', '[]'],
    ['a page of a proxy', '<html>'],
    ['a name given twice', '{"format":"tessrax-proof/1","format":"tessrax-proof/1"}'],
  ] as const) {
    it(`refuses ${name}`, () => equal(checkProof(garbage, hash).holds, false));
  }

  it('checks an entry without a proof', async () => {
    const { text: entry } = await api.get(`/v1/receipts/${hash}`);
    ok(checkEntry(entry, hash).holds);
    equal(checkEntry(entry.replace('as they were', 'as they are not'), hash).holds, false);
    equal(checkEntry('[]', hash).holds, false);
  });

  it('says what is wrong with a certificate', () => {
    const { holds, detail } = checkCertificate('{}', hash, 'f'.repeat(64));
    equal(holds, false);
    match(detail, /certificate_malformed/);
  });
});
