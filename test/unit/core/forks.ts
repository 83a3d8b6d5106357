/** Two branches of one feed, votes for one of them, and what is made of both. */
import { BinaryReader } from '../../../src/core/binary.ts';
import { compareBytes } from '../../../src/core/bytes.ts';
import { type BareHeader, bareHeaderOf } from '../../../src/core/entry/bare-header.ts';
import { readEntry } from '../../../src/core/entry/codec.ts';
import type { Candidate } from '../../../src/core/entry/examine.ts';
import type { DeltaCertificate, FeedCertificate } from '../../../src/core/federation/feed-certificate.ts';
import type { Vote } from '../../../src/core/federation/vote.ts';
import { type ForkProof, forkProof } from '../../../src/core/ledger/fork.ts';
import { type Checkpoint, ledgerLeaf } from '../../../src/core/ledger/ledger.ts';
import { rootOfLeaves } from '../../../src/core/merkle/compact-range.ts';
import { EMPTY_ROOT } from '../../../src/core/merkle/hash.ts';
import { MerkleTree } from '../../../src/core/merkle/tree.ts';
import { type HeartbeatDraft, readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import { ReferenceTree } from '../../reference/merkle.ts';
import { ALICE, BOB, CAROL, chain, EPOCH_MS, FEDERATION, MALLORY, type TestKey } from './fixtures.ts';

/** A feed with an entry for each label: feeds are equal as long as their labels are. */
export function labelled(key: TestKey, labels: readonly string[]): Candidate[] {
  return chain(
    key,
    labels.map((label, n) => ({ type: 'RECEIPT', body: { payload: { n, label } } })),
  );
}

/** A feed of this size whose entries from `fork` on are those of a branch. */
export function branch(key: TestKey, size: number, fork = size, name = ''): Candidate[] {
  return labelled(
    key,
    Array.from({ length: size }, (_, n) => (n < fork ? '' : name)),
  );
}

export function at(entries: readonly Candidate[], seq: number): Candidate {
  const entry = entries[seq];
  if (entry === undefined) throw new RangeError(`no entry ${seq}`);
  return entry;
}

export function headerOf({ bytes }: { readonly bytes: Uint8Array }): BareHeader {
  return bareHeaderOf(readEntry(new BinaryReader(bytes)));
}

/** The proof that two branches differ first at a place. */
export function forkAt(seq: number, one: readonly Candidate[], other: readonly Candidate[]): ForkProof {
  const entry = at(one, seq);
  const proof = forkProof(entry, headerOf(entry), headerOf(at(other, seq)), FEDERATION.id);
  if (proof === undefined) throw new Error('the branches do not differ');
  return proof;
}

export function checkpointOfEntries(entries: readonly Candidate[], size = entries.length): Checkpoint {
  const hashes = entries.slice(0, size).map(({ hash }) => hash);
  if (hashes.length < size) throw new RangeError(`no ${size} entries`);
  return { origin: at(entries, 0).origin, size, root: rootOfLeaves(hashes) };
}

/** Consistency path between two sizes of a branch. */
export function pathOf(entries: readonly Candidate[], from: number, to: number): Uint8Array[] {
  return from === to ? [] : new ReferenceTree(entries.map(({ hash }) => hash)).proof(from, to);
}

/** A feed that did not change since the last heartbeat: it is in the ledger root, and not among the checkpoints named. */
const UNCHANGED: Checkpoint = { origin: MALLORY.peer, size: 1, root: new Uint8Array(32).fill(1) };

/** The leaves of a ledger with these feeds and one more, by public key. */
export function ledgerLeaves(checkpoints: readonly Checkpoint[]): Uint8Array[] {
  return [...checkpoints, UNCHANGED].map(ledgerLeaf).sort((a, b) => compareBytes(a, b));
}

/** A heartbeat that names these checkpoints. */
export function heartbeatDraft(
  witness: TestKey,
  checkpoints: readonly Checkpoint[],
  change: Partial<HeartbeatDraft> = {},
): HeartbeatDraft {
  return {
    federation: FEDERATION.id,
    node: witness.peer,
    epoch: 0,
    closed: false,
    counter: 7,
    timestampMs: EPOCH_MS,
    height: checkpoints.reduce((sum, { size }) => sum + size, UNCHANGED.size),
    feeds: checkpoints.length + 1,
    root: new MerkleTree(ledgerLeaves(checkpoints)).root,
    journal: { origin: witness.peer, size: 0, root: EMPTY_ROOT },
    checkpoints,
    ...change,
  };
}

/** A witness's vote for a branch at a size, beside one for its own feed. */
export function voteFor(
  witness: TestKey,
  entries: readonly Candidate[],
  size = entries.length,
  change: Partial<HeartbeatDraft> = {},
): Vote {
  const own = { origin: witness.peer, size: 4, root: new Uint8Array(32).fill(4) };
  const checkpoints = [own, checkpointOfEntries(entries, size)];
  const data = signHeartbeat(heartbeatDraft(witness, checkpoints, change), witness.sign);
  const { core, job } = readHeartbeat(data);
  const path = new MerkleTree(checkpoints.map(ledgerLeaf)).inclusion(1);
  const checkpoint = checkpointOfEntries(entries, size);
  return { witness: witness.peer, checkpoint, core, signature: job.signature, tree: 'changed', index: 1, path };
}

/** What certifies a branch at a size: the votes of these witnesses, the last of them for all of the branch. */
export function certificateFor(
  entries: readonly Candidate[],
  size = entries.length,
  witnesses: readonly TestKey[] = [ALICE, BOB, CAROL],
): FeedCertificate {
  const votes = witnesses.map((witness, i) => {
    const voted = i === witnesses.length - 1 ? entries.length : size;
    return { vote: voteFor(witness, entries, voted), path: pathOf(entries, size, voted) };
  });
  return { checkpoint: checkpointOfEntries(entries, size), votes };
}

/** The certificate as it travels with a run that ends at `from`. */
export function deltaCertificate(
  entries: readonly Candidate[],
  from: number,
  certificate: FeedCertificate = certificateFor(entries),
): DeltaCertificate {
  return { ...certificate, path: pathOf(entries, from, certificate.checkpoint.size) };
}
