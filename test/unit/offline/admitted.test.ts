/** Exports and proofs with entries of who was made a witness by a decision, and is on no list. */
import { deepEqual, equal } from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAVE, DECISIONS, flatDecision } from '../../../scripts/vectors/epochs.ts';
import { canonicalize, type JsonObject } from '../../../src/core/entry/canonical-json.ts';
import { flatDecisionJson } from '../../../src/core/federation/decision-json.ts';
import { checkpointOf, ledgerLeaf } from '../../../src/core/ledger/ledger.ts';
import { MerkleTree } from '../../../src/core/merkle/tree.ts';
import { proofJson, rootStatementHash } from '../../../src/core/proof.ts';
import { signedMessage } from '../../../src/core/signature.ts';
import { verifyPath } from '../../../src/offline/verify-path.ts';
import { CAROL, EPOCH_MS, FEDERATION } from '../core/fixtures.ts';
import { feedOf, flatOf, headerOf, numbered, rememberingVerifier, textOf } from './sample.ts';

const FEED = feedOf(DAVE, numbered(3));
const [ADMITTED, REMOVED] = DECISIONS.map(flatDecision);
if (ADMITTED === undefined || REMOVED === undefined) throw new Error('there are two decisions');

function exported(decisions?: readonly JsonObject[]): string {
  const header = { ...headerOf([FEED]), ...(decisions === undefined ? {} : { decisions: [...decisions] }) };
  return textOf([header, ...FEED.entries.map((_, seq) => flatOf(FEED, seq))].map((line) => canonicalize(line)));
}

function proven(decisions: readonly JsonObject[]): string {
  const tree = new MerkleTree(FEED.entries.map(({ hash }) => hash));
  const ledger = new MerkleTree([ledgerLeaf(checkpointOf(FEED.head))]);
  const statement = {
    federation: FEDERATION.id,
    node: CAROL.peer,
    height: 3,
    feeds: 1,
    root: ledger.root,
    timestampMs: EPOCH_MS,
  };
  const proof = proofJson({
    entry: flatOf(FEED, 1),
    feed: { index: 1, size: 3, root: tree.root, path: tree.inclusion(1) },
    ledger: { index: 0, size: 1, root: ledger.root, path: [] },
    statement,
    signature: CAROL.sign(signedMessage('root', rootStatementHash(statement))),
    decisions: [],
  });
  return JSON.stringify(decisions.length === 0 ? proof : { ...proof, decisions: [...decisions] });
}

/** The last digit of a signature is another. */
function forged({ proposal, declarations }: typeof ADMITTED & object): JsonObject {
  const [first, ...rest] = declarations;
  const signature = String(first?.['signature']);
  const other = signature.startsWith('0') ? `1${signature.slice(1)}` : `0${signature.slice(1)}`;
  return { proposal, declarations: [{ ...first, signature: other }, ...rest] };
}

describe('what an admitted witness wrote, offline (R-26)', () => {
  const verifier = rememberingVerifier();
  let file = '';
  before(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'tessrax-admitted-')), 'file');
  });
  after(() => rm(join(file, '..'), { recursive: true }));

  async function codesOf(content: string): Promise<string[]> {
    await writeFile(file, content);
    const { verified, faults } = await verifyPath(file, { verifier, pin: FEDERATION });
    equal(verified, faults.length === 0);
    return faults.map(({ code }) => code);
  }

  const admits = flatDecisionJson(ADMITTED);
  const oneShort = { ...admits, declarations: ADMITTED.declarations.slice(1) };
  for (const [what, write] of [
    ['an export', exported],
    ['a proof', proven],
  ] as const) {
    it(`verifies in ${what} with the decision that admitted it, and with later ones`, async () => {
      deepEqual(await codesOf(write([admits])), []);
      deepEqual(await codesOf(write([admits, flatDecisionJson(REMOVED)])), []);
    });

    it(`is refused in ${what} without that decision, or with one that does not hold`, async () => {
      deepEqual(await codesOf(what === 'a proof' ? proven([]) : exported()), ['not_a_writer']);
      deepEqual(await codesOf(write([oneShort])), ['decision_invalid']);
      deepEqual(await codesOf(write([flatDecisionJson(REMOVED)])), ['decision_invalid']);
      deepEqual(await codesOf(write([forged(ADMITTED)])), ['signature_invalid']);
    });
  }
});
