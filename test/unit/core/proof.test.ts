import { deepEqual, equal, throws } from 'node:assert/strict';
import { flatOf } from '../../../scripts/vectors/proofs.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/entry/canonical-json.ts';
import { TessraxError } from '../../../src/core/errors.ts';
import { ledgerLeaf } from '../../../src/core/ledger/ledger.ts';
import { EMPTY_ROOT } from '../../../src/core/merkle/hash.ts';
import { MerkleTree } from '../../../src/core/merkle/tree.ts';
import { examineProof, proofJson, type ReceiptProof, readProof, rootStatementHash } from '../../../src/core/proof.ts';
import { signedMessage } from '../../../src/core/signature.ts';
import { ReferenceTree } from '../../reference/merkle.ts';
import { ALICE, BOB, CAROL, chain, EPOCH_MS, FEDERATION, isValid, OPEN_FEDERATION, receipts } from './fixtures.ts';
import { at, checkpointOfEntries } from './forks.ts';

const ENTRIES = receipts(ALICE, 5);
const FEEDS = [ENTRIES, receipts(BOB, 2), receipts(CAROL, 3)].map((entries) => checkpointOfEntries(entries));

/** Bob's proof that he holds an entry of Alice. */
function proofOf(seq: number, change: Partial<ReceiptProof['statement']> = {}): ReceiptProof {
  const feed = at(ENTRIES, seq);
  const tree = new MerkleTree(FEEDS.map(ledgerLeaf));
  const statement = {
    federation: FEDERATION.id,
    node: BOB.peer,
    height: 10,
    feeds: FEEDS.length,
    root: tree.root,
    timestampMs: EPOCH_MS,
    ...change,
  };
  const path = new ReferenceTree(ENTRIES.map(({ hash }) => hash)).path(seq, ENTRIES.length);
  return {
    entry: flatOf(feed),
    feed: { index: seq, size: ENTRIES.length, root: checkpointOfEntries(ENTRIES).root, path },
    ledger: { index: 0, size: FEEDS.length, root: tree.root, path: tree.inclusion(0) },
    statement,
    signature: BOB.sign(signedMessage('root', rootStatementHash(statement))),
    decisions: [],
  };
}

/** Throws what is wrong with a proof, its signatures included. */
function check(json: JsonValue): void {
  if (!examineProof(readProof(json)).every(isValid)) throw new TessraxError('signature_invalid', 'does not hold');
}

describe('receipt proof (R-70)', () => {
  it('holds for every entry of a feed, and is written as it was read', () => {
    for (const { seq } of ENTRIES) {
      const json = proofJson(proofOf(seq));
      check(json);
      deepEqual(proofJson(readProof(json)), json);
    }
  });

  it('names two signatures: of the entry, and of the node that vouches', () => {
    deepEqual(
      examineProof(proofOf(1)).map(({ domain }) => domain),
      ['entry', 'root'],
    );
    equal(examineProof(proofOf(1)).every(isValid), true);
  });
});

describe('receipt proof: refused', () => {
  const proof = proofOf(1);
  const { feed, ledger } = proof;
  const [journal] = chain(ALICE, [{ type: 'NOTE', body: {} }], 'journal');
  if (journal === undefined) throw new Error('there is an entry');
  const cases: readonly (readonly [string, ReceiptProof, string])[] = [
    ['another entry', { ...proof, entry: flatOf(at(ENTRIES, 2)) }, 'proof_entry'],
    ['an entry of a journal', { ...proof, entry: flatOf(journal), feed: { ...feed, index: 0 } }, 'proof_entry'],
    ['another place of the entry', { ...proof, feed: { ...feed, index: 2 } }, 'proof_entry'],
    ['another size of the feed', { ...proof, feed: { ...feed, size: 4 } }, 'proof_feed_path'],
    ['another root of the feed', { ...proof, feed: { ...feed, root: EMPTY_ROOT } }, 'proof_feed_path'],
    ['no path in the feed', { ...proof, feed: { ...feed, path: [] } }, 'proof_feed_path'],
    [
      'a path in the feed too long',
      { ...proof, feed: { ...feed, path: [...feed.path, EMPTY_ROOT] } },
      'proof_feed_path',
    ],
    ['the place of another feed', { ...proof, ledger: { ...ledger, index: 1 } }, 'proof_ledger_path'],
    ['another number of feeds', { ...proof, ledger: { ...ledger, size: 4 } }, 'proof_statement'],
    ['no path in the ledger', { ...proof, ledger: { ...ledger, path: [] } }, 'proof_ledger_path'],
    ['a statement about another root', proofOf(1, { root: EMPTY_ROOT }), 'proof_statement'],
    ['a statement about another number of feeds', proofOf(1, { feeds: 4 }), 'proof_statement'],
    ['a statement of another federation', proofOf(1, { federation: OPEN_FEDERATION.id }), 'proof_statement'],
    ['a statement of nobody', proofOf(1, { node: 'bob' }), 'proof_statement'],
    [
      'a statement in the name of another',
      { ...proof, statement: { ...proof.statement, node: CAROL.peer } },
      'signature_invalid',
    ],
    [
      'another height than was signed',
      { ...proof, statement: { ...proof.statement, height: 11 } },
      'signature_invalid',
    ],
    [
      'another time than was signed',
      { ...proof, statement: { ...proof.statement, timestampMs: 1 } },
      'signature_invalid',
    ],
    ['no signature', { ...proof, signature: new Uint8Array(64) }, 'signature_invalid'],
    ['another payload', { ...proof, entry: { ...proof.entry, payload: { n: 2 } } }, 'body_hash_mismatch'],
    ['another hash', { ...proof, entry: { ...proof.entry, hash: '00'.repeat(32) } }, 'hash_mismatch'],
    [
      'another signature of the entry',
      { ...proof, entry: { ...proof.entry, signature: '00'.repeat(64) } },
      'signature_invalid',
    ],
  ];
  for (const [what, changed, code] of cases) {
    it(`${what}: ${code}`, () => throws(() => check(proofJson(changed)), { code }));
  }
});

describe('receipt proof: malformed', () => {
  const json = proofJson(proofOf(1));
  const shapes: readonly (readonly [string, JsonValue])[] = [
    ['no object', []],
    ['nothing', null],
    ['another format', { ...json, format: 'tessrax-proof/2' }],
    ['an entry that is text', { ...json, entry: 'x' }],
    ['a statement without a node', { ...json, statement: { ...part('statement'), node: 7 } }],
    ['a height below zero', { ...json, statement: { ...part('statement'), height: -1 } }],
    ['a time between milliseconds', { ...json, statement: { ...part('statement'), timestamp: 0.5 } }],
    ['no feed', { ...json, feed: null }],
    ['a path that is no list', { ...json, feed: { ...part('feed'), path: '' } }],
    ['a path of 54 hashes', { ...json, feed: { ...part('feed'), path: new Array<string>(54).fill('00'.repeat(32)) } }],
    ['half a hash', { ...json, ledger: { ...part('ledger'), path: ['00'.repeat(16)] } }],
    ['a root in capitals', { ...json, ledger: { ...part('ledger'), root: 'AB'.repeat(32) } }],
    ['half a signature', { ...json, signature: '00'.repeat(32) }],
  ];
  for (const [what, shape] of shapes) {
    it(`${what}: proof_malformed`, () => throws(() => check(shape), { code: 'proof_malformed' }));
  }

  function part(name: string): JsonObject {
    const value = json[name];
    return isJsonObject(value) ? value : {};
  }
});
