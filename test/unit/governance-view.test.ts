import { deepEqual, equal } from 'node:assert/strict';
import { toHex } from '../../src/core/bytes.ts';
import { type Author, authorEntry, type ChainTip } from '../../src/core/entry/author.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import type { Candidate } from '../../src/core/entry/examine.ts';
import type { FeedRange } from '../../src/core/events.ts';
import { draftFederation, readFederation } from '../../src/core/federation/genesis.ts';
import { emptyHead } from '../../src/core/ledger/admission.ts';
import { GovernanceView } from '../../src/governance-view.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { ALICE, authorOf, BOB, CAROL, EPOCH_MS, MALLORY, receipt, type TestKey } from './core/fixtures.ts';

const FEDERATION = readFederation(
  draftFederation({
    name: 'Four',
    witnesses: [ALICE, BOB, CAROL, MALLORY].map(({ peer }) => ({ peer, organisation: '' })),
  }),
);
const POLICY = { kind: 'policy', name: 'retention', value: { days: 30 } };

/** A member's feed in the store: real entries. */
class Feed {
  readonly origin: string;
  readonly #author: Author;
  readonly #store: MemoryStore;
  #tip: ChainTip;
  size = 0;

  constructor(key: TestKey, store: MemoryStore) {
    this.origin = key.peer;
    this.#author = authorOf(key, FEDERATION);
    this.#store = store;
    this.#tip = emptyHead(key.peer, 'ledger');
  }

  write(body?: JsonObject): Candidate {
    const draft = body === undefined ? receipt(this.size) : { type: 'GOVERNANCE', body };
    const entry = authorEntry(this.#author, this.#tip, draft, EPOCH_MS);
    this.size = entry.seq + 1;
    this.#tip = { ...entry, size: this.size };
    this.#store.apply({ entries: [entry], heads: [], subtrees: [], statements: [] });
    return entry;
  }

  propose(epoch = 0, change: JsonObject = POLICY): string {
    return toHex(this.write({ action: 'proposal', epoch, ballot: 0, ...change }).hash);
  }

  vote(proposal: string, epoch = 0, choice = 'yes'): void {
    this.write({ action: 'vote', epoch, ballot: 0, proposal, choice });
  }
}

describe('the view of governance', () => {
  let store: MemoryStore;
  let feeds: Feed[];
  let certified: Map<string, number>;
  let errors: string[];
  beforeEach(() => {
    store = new MemoryStore();
    feeds = [ALICE, BOB, CAROL, MALLORY].map((key) => new Feed(key, store));
    certified = new Map();
    errors = [];
  });

  const feedOf = (i: number): Feed => feeds[i] ?? new Feed(ALICE, store);
  const certify = (...some: readonly Feed[]): void => {
    for (const { origin, size } of some) certified.set(origin, size);
  };
  async function open(from: Pick<MemoryStore, 'governanceEntries'> = store): Promise<GovernanceView> {
    const view = new GovernanceView({
      store: from,
      federation: FEDERATION,
      log: { error: (message) => errors.push(message) },
      certifiedSize: (origin) => certified.get(origin) ?? 0,
    });
    await view.start();
    return view;
  }
  /** Certifies all of these feeds, and tells the view. */
  async function finish(view: GovernanceView, ...some: readonly Feed[]): Promise<void> {
    certify(...some);
    view.observe({ name: 'entries_certified', feeds: some.map(({ origin, size }) => ({ origin, size })) });
    await view.idle();
  }

  /** A policy with the votes of Alice, Bob and Carol, among receipts. Mallory is silent. */
  function adopt(epoch = 0, change: JsonObject = POLICY): void {
    for (const feed of feeds) feed.write();
    const proposal = feedOf(0).propose(epoch, change);
    for (const feed of feeds.slice(0, 3)) feed.vote(proposal, epoch);
  }

  it('adopts a policy with three votes of four witnesses, once they are certified', async () => {
    adopt();
    const view = await open();
    deepEqual(view.state().proposals, [], 'nothing is certified');
    await finish(view, feedOf(0), feedOf(1));
    deepEqual([view.state().epoch, view.state().proposals[0]?.yes], [0, 2]);
    await finish(view, feedOf(2));
    const { epoch, policies } = view.state();
    deepEqual([epoch, policies], [1, [{ name: 'retention', value: { days: 30 }, since: 1 }]]);
    deepEqual(errors, []);
  });

  it('says the same after a start as before', async () => {
    const before = await open();
    adopt();
    await finish(before, ...feeds);
    adopt(1, { kind: 'decision', title: 'Mondays', text: '' });
    feedOf(3).propose(2);
    await finish(before, ...feeds);
    const after = await open();
    equal(before.state().epoch, 2);
    deepEqual(after.state(), before.state());
  });

  it('reads a feed that is ahead again when its time has come', async () => {
    const ahead = feedOf(3);
    const last = ahead.propose(1); // nobody is there yet
    ahead.write();
    ahead.vote(last, 1);
    const view = await open();
    await finish(view, ahead);
    deepEqual([view.state().epoch, view.state().proposals], [0, []]);
    adopt();
    await finish(view, ...feeds);
    deepEqual([view.state().epoch, view.state().proposals.map(({ hash, yes }) => [hash, yes])], [1, [[last, 1]]]);
  });

  it('takes nothing beyond what is certified', async () => {
    adopt();
    const proposer = feedOf(0);
    certified.set(proposer.origin, proposer.size - 1); // all but the vote
    certify(feedOf(1), feedOf(2));
    const view = await open();
    deepEqual([view.state().epoch, view.state().proposals[0]?.yes], [0, 2]);
    await finish(view, proposer);
    equal(view.state().epoch, 1);
  });

  it('logs what it cannot read, and reads it with what comes next', async () => {
    adopt();
    let isBroken = false;
    const view = await open({
      governanceEntries: (range?: FeedRange) => {
        if (isBroken) throw new Error('the disk is gone');
        return store.governanceEntries(range);
      },
    });
    isBroken = true;
    await finish(view, feedOf(0), feedOf(1));
    deepEqual([errors.length, view.state().proposals], [1, []]);
    isBroken = false;
    await finish(view, feedOf(2));
    equal(view.state().epoch, 1);
  });

  it('reads nothing once it is closed', async () => {
    adopt();
    const view = await open();
    await view.close();
    await store.close();
    await finish(view, ...feeds);
    deepEqual([view.state().proposals, errors], [[], []]);
  });
});
