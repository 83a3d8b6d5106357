import assert from 'node:assert/strict';
import type { Candidate } from '../../src/core/entry/examine.ts';
import { examineFeedCertificate } from '../../src/core/federation/feed-certificate.ts';
import { admit, emptyHead } from '../../src/core/ledger/admission.ts';
import { checkpointOf, Ledger } from '../../src/core/ledger/ledger.ts';
import { headAt, pathBetween, rootAt, unlessCut, votesReaching } from '../../src/queries.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { ALICE, BOB, CAROL, EPOCH_MS, FEDERATION, isValid, plain } from './core/fixtures.ts';
import { branch, checkpointOfEntries, voteFor } from './core/forks.ts';

const LEFT = branch(CAROL, 8, 2, 'left');
const RIGHT = branch(CAROL, 7, 2, 'right');
const WITNESSES = new Set(FEDERATION.witnesses.map(({ peer }) => peer));

function admitted(entries: readonly Candidate[], from: readonly Candidate[] = []) {
  const head = admit(emptyHead(CAROL.peer, 'ledger'), from, EPOCH_MS * 2).head;
  return admit(head, entries.slice(from.length), EPOCH_MS * 2);
}

/** A store of the left branch, with votes of three witnesses at these sizes. */
async function holding(sizes: readonly number[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  const { accepted, head, subtrees } = admitted(LEFT);
  const votes = [ALICE, BOB, CAROL].map((key, i) => voteFor(key, LEFT, sizes[i] ?? LEFT.length));
  await store.write({ entries: accepted, heads: [head], subtrees, statements: [], votes });
  return store;
}

describe('what a store tells of a feed at an earlier size', () => {
  it('is its head, and its root', async () => {
    const store = await holding([]);
    for (let size = 0; size <= LEFT.length; size++) {
      const { head } = admitted(LEFT.slice(0, size));
      assert.deepEqual(plain(await headAt(store, CAROL.peer, size)), plain(head));
      assert.deepEqual(plain(await rootAt(store, CAROL.peer, size)), plain(checkpointOf(head).root));
    }
    assert.equal(await rootAt(store, CAROL.peer, LEFT.length + 1), undefined);
  });
});

describe('votes that reach a size', () => {
  it('come with the paths that make a certificate of them', async () => {
    const votes = await votesReaching(await holding([4, 6, 8]), CAROL.peer, 4);
    const certificate = { checkpoint: checkpointOfEntries(LEFT, 4), votes };
    assert.ok(
      examineFeedCertificate(certificate, FEDERATION.id, { since: 0, witnesses: WITNESSES, threshold: 3 }).every(
        isValid,
      ),
    );
  });

  it('are those of at least that size', async () => {
    assert.equal((await votesReaching(await holding([4, 6, 8]), CAROL.peer, 5)).length, 2);
  });

  it('are not those for entries that were cut off, nor for the branch that they were of', async () => {
    const store = await holding([4, 6, 8]);
    const { head } = admitted(LEFT.slice(0, 4));
    const none = { entries: [], heads: [], subtrees: [], statements: [] };
    await store.write({ ...none, cuts: [{ head, to: LEFT.length }] });
    const sizes = async () => (await votesReaching(store, CAROL.peer, 3)).map(({ vote }) => vote.checkpoint.size);
    assert.deepEqual(await sizes(), [4]);
    await store.write({ ...none, cuts: [{ head: admitted(LEFT.slice(0, 2)).head, to: 4 }] });
    const other = admitted(RIGHT, LEFT.slice(0, 2));
    await store.write({ entries: other.accepted, heads: [other.head], subtrees: other.subtrees, statements: [] });
    assert.deepEqual(await sizes(), []);
  });

  it('gives nothing for entries that are cut off while they are read, and fails where they were not', async () => {
    const store = new MemoryStore();
    const { accepted, head, subtrees } = admitted(LEFT.slice(0, 4));
    await store.write({ entries: accepted, heads: [head], subtrees, statements: [] });
    const pathTo = (to: number) => pathBetween(store, { origin: CAROL.peer, from: 3, to });
    const ledger = new Ledger();
    const { head: longer } = admitted(LEFT);
    ledger.set(longer);
    await assert.rejects(unlessCut(ledger, CAROL.peer, pathTo(LEFT.length)));
    const read = unlessCut(ledger, CAROL.peer, pathTo(LEFT.length));
    ledger.set(head);
    ledger.set(longer); // held again, and on its way to the disk
    assert.equal(await read, undefined);
    const whole = unlessCut(ledger, CAROL.peer, pathTo(4));
    ledger.set(head);
    assert.equal((await whole)?.length, 3);
  });
});
