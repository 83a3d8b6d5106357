/**
 * Alice's node on a real folder meets Bob's, which knows why Carol's feed is sealed. Both are whole nodes with a wire between them: what is
 * written to the folder is what a node writes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, systemRandom } from '../../src/clock.ts';
import { BinaryReader } from '../../src/core/binary.ts';
import { toHex } from '../../src/core/bytes.ts';
import type { Candidate } from '../../src/core/entry/examine.ts';
import type { Note, StoreBatch } from '../../src/core/events.ts';
import { admit, emptyHead } from '../../src/core/ledger/admission.ts';
import { createNodeState } from '../../src/core/node.ts';
import { readRunEntry, type Statement } from '../../src/core/sync/statement.ts';
import { identityOfSeed } from '../../src/identity/identity.ts';
import { writeKey } from '../../src/identity/key-formats.ts';
import type { Network, Store } from '../../src/ports.ts';
import { Runtime } from '../../src/runtime.ts';
import { openLevelStore } from '../../src/store/level-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { createInlineVerifier } from '../../src/verify/inline.ts';
import { ALICE, BOB, CAROL, chain, FEDERATION, FEDERATION_FILE, receipt, type TestKey } from './core/fixtures.ts';
import { at, branch, certificateFor, forkAt, voteFor } from './core/forks.ts';
import { WireEnd } from './loopback.ts';

/** More than 256 entries go: a subtree of the feed goes with them. */
export const FORK_SEQ = 20;
const HELD = branch(CAROL, 300, FORK_SEQ, 'held');
const CERTIFIED = branch(CAROL, 30, FORK_SEQ, 'certified');
const FORK = forkAt(FORK_SEQ, HELD, CERTIFIED);
const KEPT = 25;
/** Carol revokes herself behind thirty entries. */
const RESIGNED = chain(CAROL, [
  ...Array.from({ length: 30 }, (_, i) => receipt(i)),
  { type: 'REVOCATION', body: { target: CAROL.peer, reason: 'the key was stolen' } },
]);

/** Bob says so too: one witness, which alone puts nothing in force. */
const ACCUSATION = chain(BOB, [{ type: 'REVOCATION', body: { target: CAROL.peer, reason: 'the key was stolen' } }]);

export const SCENES = ['seal', 'cut', 'adoption', 'revocation'] as const;
export type Scene = (typeof SCENES)[number];

interface Script {
  readonly alice: StoreBatch;
  readonly bob: StoreBatch;
  /** How Carol's feed ends on Alice's disk, and how much goes into quarantine. */
  readonly end: { readonly size: number; readonly hash: string; readonly quarantined: number };
}

export function scriptOf(scene: Scene): Script {
  // Bob would record it in each of his lives, and so fork his own feed; only where that is the scene does he.
  const proof = { proof: FORK, certificate: undefined, scarred: scene !== 'seal' };
  const shared = HELD.slice(0, FORK_SEQ);
  switch (scene) {
    case 'seal': {
      const scar = { ...written(shared), seals: [proof] };
      return { alice: written(shared), bob: scar, end: endOf(shared, FORK_SEQ, 0) };
    }
    case 'cut':
      return {
        alice: written(HELD),
        bob: { ...written(shared), seals: [proof] },
        end: endOf(HELD, FORK_SEQ, HELD.length - FORK_SEQ),
      };
    case 'adoption': {
      const certificate = certificateFor(CERTIFIED, KEPT);
      const bob = { ...written(CERTIFIED.slice(0, KEPT)), certified: [{ origin: CAROL.peer, size: KEPT }] };
      return {
        alice: written(HELD),
        bob: { ...bob, seals: [{ ...proof, certificate }] },
        end: endOf(CERTIFIED, KEPT, HELD.length - FORK_SEQ),
      };
    }
    case 'revocation': {
      const certified = certifiedTo(RESIGNED, 12);
      const said = { target: CAROL.peer, statement: statementOf(ACCUSATION) };
      const resigned = { target: CAROL.peer, statement: statementOf(RESIGNED) };
      const alice = RESIGNED.slice(0, -1);
      return {
        alice: { ...written(alice, ACCUSATION), ...certified, revocations: [said] },
        bob: { ...written(RESIGNED, ACCUSATION), ...certified, revocations: [said, resigned] },
        end: endOf(RESIGNED, 12, alice.length - 12),
      };
    }
  }
}

function certifiedTo(entries: readonly Candidate[], size: number): Pick<StoreBatch, 'votes' | 'certified'> {
  return {
    votes: [ALICE, BOB, CAROL].map((witness) => voteFor(witness, entries, size)),
    certified: [{ origin: CAROL.peer, size }],
  };
}

/** The last entry, as it travels alone. */
function statementOf(entries: readonly Candidate[]): Statement {
  const entry = at(entries, entries.length - 1);
  return { ...entry, entry: readRunEntry(new BinaryReader(entry.bytes)) };
}

function written(...feeds: readonly (readonly Candidate[])[]): StoreBatch {
  const admissions = feeds.map((entries) =>
    admit(emptyHead(at(entries, 0).origin, 'ledger'), entries, Number.POSITIVE_INFINITY),
  );
  return {
    entries: feeds.flat(),
    heads: admissions.map(({ head }) => head),
    subtrees: admissions.flatMap(({ subtrees }) => subtrees),
    statements: [],
  };
}

function endOf(entries: readonly Candidate[], size: number, quarantined: number): Script['end'] {
  return { size, hash: toHex(entries[size - 1]?.hash ?? new Uint8Array()), quarantined };
}

/** A store with what both branches share of Carol's feed. */
export function prefixStore(): MemoryStore {
  const store = new MemoryStore();
  store.apply(written(HELD.slice(0, FORK_SEQ)));
  return store;
}

/** A store with Carol's feed sealed at the fork, and 280 entries in quarantine. */
export function cutStore(): MemoryStore {
  const store = new MemoryStore();
  store.apply(written(HELD));
  const { head } = admit(emptyHead(CAROL.peer, 'ledger'), HELD.slice(0, FORK_SEQ), Number.POSITIVE_INFINITY);
  const seals = [{ proof: FORK, certificate: undefined, scarred: true }];
  store.apply({ entries: [], heads: [], subtrees: [], statements: [], seals, cuts: [{ head, to: HELD.length }] });
  return store;
}

/** Makes Alice's folder as it is before she meets Bob. */
export async function prepareFolder(directory: string, scene: Scene): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'federation.json'), JSON.stringify(FEDERATION_FILE));
  await writeFile(join(directory, 'node.key'), writeKey(identityOfSeed(ALICE.seed), 'pem'), { mode: 0o600 });
  const store = await openAlice(directory);
  await store.write(scriptOf(scene).alice);
  await store.close();
}

export function openAlice(directory: string): Promise<Store> {
  return openLevelStore({ directory, federation: FEDERATION.id, node: ALICE.peer });
}

/** Both nodes, until Carol's feed on Alice's disk has come to its end; rejects with what a node could not go on with. */
export async function play(scene: Scene, alice: Store): Promise<void> {
  const { bob: before, end } = scriptOf(scene);
  const bob = new MemoryStore();
  bob.apply(before);
  const [one, other] = WireEnd.pair(ALICE.peer, BOB.peer);
  const done = Promise.withResolvers<void>();
  const nodes: Runtime[] = [];
  const look = (): void => {
    const state = nodes[0]?.state;
    const head = state?.durable.heads.get(CAROL.peer);
    const settled = state?.seals.get(CAROL.peer)?.settled === true && state.batches.length === 0;
    if (settled && head?.size === end.size && toHex(head.hash) === end.hash) done.resolve();
  };
  nodes.push(await nodeOn(alice, ALICE, one, look, done.reject), await nodeOn(bob, BOB, other, look, done.reject));
  try {
    for (const node of nodes) await node.start();
    await done.promise;
  } finally {
    for (const node of nodes) node.stop();
    await Promise.all([one.stop(), other.stop()]);
  }
}

async function nodeOn(
  store: Store,
  key: TestKey,
  network: Network,
  onNote: (note: Note) => void,
  onFatal: (error: unknown) => void,
): Promise<Runtime> {
  const clock = systemClock();
  const now = { wallMs: clock.wallMs(), monoMs: clock.monoMs() };
  const author = {
    federation: FEDERATION.id,
    sign: (message: Uint8Array) => key.sign(message),
    random: (count: number) => systemRandom.bytes(count),
  };
  const state = createNodeState({ self: key.peer, federation: FEDERATION, author, ...(await store.snapshot()), now });
  return new Runtime({ state, store, verifier: createInlineVerifier(), network, clock, onNote, onFatal });
}
