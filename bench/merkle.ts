/** The tree of a feed: appending leaves, an inclusion proof out of the store, and its check. */

import { equalBytes } from '../src/core/bytes.ts';
import { TessraxError } from '../src/core/errors.ts';
import { appendLeaves, rootOfPeaks } from '../src/core/merkle/compact-range.ts';
import { leafHash } from '../src/core/merkle/hash.ts';
import { assemble, planInclusion } from '../src/core/merkle/proof.ts';
import { verifyInclusion } from '../src/core/merkle/verify.ts';
import { sha256 } from '../src/core/sha256-node.ts';
import type { Store } from '../src/ports.ts';
import { openLevelStore } from '../src/store/level-store.ts';
import type { Bench } from './bench.ts';
import { fillStore } from './ledger.ts';
import { type Measurement, rounded } from './report.ts';
import { withWorkspace } from './workspace.ts';

const LEAVES = 100_000;
const BATCH = 1000;
const PROOFS = 1000;
/** Spreads the proven entries over the feed: 2^32 divided by the golden ratio. */
const STRIDE = 2_654_435_769;

export const merkle: Bench = {
  name: 'merkle',
  summary: `a feed's tree: append n = ${LEAVES} leaves, ${PROOFS} inclusion proofs from the store, and their checks`,
  async *run({ n = LEAVES }) {
    yield await withWorkspace(1, async ({ directory, federation, members: [member] }) => {
      if (member === undefined) throw new TessraxError('bench_workspace', 'the workspace has no node');
      const { identity } = member;
      const store = await openLevelStore({ directory, federation: federation.id, node: identity.peerId });
      try {
        await fillStore(store, identity, federation.id, n);
        return await measure(store, identity.peerId, n);
      } finally {
        await store.close();
      }
    });
  },
};

interface Proof {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly path: readonly Uint8Array[];
}

async function measure(store: Store, origin: string, n: number): Promise<Measurement> {
  const leaves: Uint8Array[] = [];
  for await (const { hash } of store.iterate('ledger', { origin, from: 0, to: n })) leaves.push(Uint8Array.from(hash));
  const started = performance.now();
  const root = appendAll(leaves);
  const appended = performance.now();
  const proofs: Proof[] = [];
  for (let i = 0; i < PROOFS; i++) proofs.push(await prove(store, origin, leaves, (i * STRIDE) % n));
  const proved = performance.now();
  for (const { index, leaf, path } of proofs) {
    if (!verifyInclusion({ leafHash: leafHash(leaf), index, size: n, root, proof: path }))
      throw new TessraxError('bench_invalid', `the proof of leaf ${index} is wrong`);
  }
  const verified = performance.now();
  const [head] = (await store.snapshot()).heads;
  if (head === undefined || !equalBytes(rootOfPeaks(head.peaks), root))
    throw new TessraxError('bench_not_done', 'the roots differ');
  return {
    n,
    seconds: rounded((appended - started) / 1000, 3),
    unit: 'leaves/s',
    append_rate: rounded((n / (appended - started)) * 1000),
    prove_us: rounded(((proved - appended) / PROOFS) * 1000, 1),
    verify_us: rounded(((verified - proved) / PROOFS) * 1000, 1),
    hash_us: rounded(hashMicroseconds(), 2),
  };
}

function appendAll(leaves: readonly Uint8Array[]): Uint8Array {
  let peaks: readonly Uint8Array[] = [];
  for (let at = 0; at < leaves.length; at += BATCH) peaks = appendLeaves(peaks, at, leaves.slice(at, at + BATCH)).peaks;
  return rootOfPeaks(peaks);
}

async function prove(store: Store, origin: string, leaves: readonly Uint8Array[], index: number): Promise<Proof> {
  const plan = planInclusion(index, leaves.length);
  const hashes: Uint8Array[] = [];
  for (const place of plan.subtrees) hashes.push(await store.subtree(origin, 'ledger', place.level, place.index));
  return { index, leaf: leaves[index] ?? new Uint8Array(), path: assemble(plan, hashes) };
}

/** One SHA-256 of a tree node: two a leaf are the floor of an append. */
function hashMicroseconds(): number {
  const rounds = 100_000;
  const node = new Uint8Array(65);
  const started = performance.now();
  for (let i = 0; i < rounds; i++) node[1 + (i & 31)] = sha256(node)[0] ?? 0;
  return ((performance.now() - started) / rounds) * 1000;
}
