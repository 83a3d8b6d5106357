/** Governance over HTTP without a network: real keys and entries, all final at once, one API for each member. */
import { setImmediate } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { type GovernanceNode, governanceRoutes } from '../../../src/api/governance.ts';
import { sendProblem } from '../../../src/api/problem.ts';
import { readJsonStrictly } from '../../../src/api/server.ts';
import { type Author, authorEntry, type ChainTip } from '../../../src/core/entry/author.ts';
import type { Candidate } from '../../../src/core/entry/examine.ts';
import type { Draft } from '../../../src/core/events.ts';
import { foldGovernance } from '../../../src/core/federation/governance.ts';
import { governanceEntryOf } from '../../../src/core/federation/governance-body.ts';
import type { GovernanceState } from '../../../src/core/federation/governance-types.ts';
import { admit, emptyHead } from '../../../src/core/ledger/admission.ts';
import { ALICE, authorOf, BOB, CAROL, EPOCH_MS, FEDERATION, type TestKey } from '../core/fixtures.ts';

/** One ledger that all members hold. Alice, Bob and Carol declare what is adopted, as nodes of witnesses do by themselves. */
export class SharedLedger {
  readonly #feeds = new Map<string, Candidate[]>();
  readonly #authors = new Map<string, Author>();
  /** Entries of each feed that are final; all of it while nothing is said. */
  readonly certified = new Map<string, number>();

  /** Entries of a member's feed. */
  size({ peer }: TestKey): number {
    return this.#feeds.get(peer)?.length ?? 0;
  }

  member(key: TestKey): GovernanceNode {
    const feeds = this.#feeds;
    return {
      peerId: key.peer,
      heads: () => [admit(emptyHead(key.peer, 'ledger'), this.#feeds.get(key.peer) ?? [], EPOCH_MS).head],
      store: {
        governanceEntries: async function* (this: void) {
          yield* feeds.get(key.peer) ?? [];
        },
      },
      append: async (drafts) => {
        await setImmediate(); // the disk takes its time: who asks meanwhile finds nothing
        const appended = drafts.map((draft) => this.#append(key, draft));
        this.#declare();
        return appended;
      },
      governance: () => this.#fold(),
    };
  }

  #append(key: TestKey, draft: Draft): { readonly hash: Uint8Array; readonly seq: number } {
    const feed = this.#feeds.get(key.peer) ?? [];
    this.#feeds.set(key.peer, feed);
    const last = feed.at(-1);
    const author = this.#authors.get(key.peer) ?? authorOf(key);
    this.#authors.set(key.peer, author);
    const tip: ChainTip = last === undefined ? emptyHead(key.peer, 'ledger') : { ...last, size: last.seq + 1 };
    const entry = authorEntry(author, tip, draft, EPOCH_MS);
    feed.push(entry);
    return entry;
  }

  #fold(): GovernanceState {
    const entries = [...this.#feeds].map(
      ([origin, feed]) =>
        [origin, feed.slice(0, this.certified.get(origin)).flatMap((entry) => governanceEntryOf(entry) ?? [])] as const,
    );
    return foldGovernance(FEDERATION, new Map(entries));
  }

  #declare(): void {
    const { epoch, adopted } = this.#fold();
    if (adopted === null) return;
    const { proposal, ballot } = adopted;
    for (const key of [ALICE, BOB, CAROL])
      this.#append(key, { type: 'GOVERNANCE', body: { action: 'decision', epoch, ballot, proposal } });
  }

  api(key: TestKey): FastifyInstance {
    const app = Fastify();
    readJsonStrictly(app);
    app.setErrorHandler((error, _request, reply) => sendProblem(reply, error));
    governanceRoutes(app, this.member(key));
    return app;
  }
}
