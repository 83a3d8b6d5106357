/** Reading answers out of a running node: entries for people, and proofs. */
import { sha256 } from '#sha256';
import { BinaryReader } from './core/binary.ts';
import { equalBytes, toHex } from './core/bytes.ts';
import type { Certificate, CertifyingVote } from './core/certificate.ts';
import type { JsonObject, JsonValue } from './core/entry/canonical-json.ts';
import { readEntry } from './core/entry/codec.ts';
import { examineRun } from './core/entry/examine.ts';
import { toFlat } from './core/entry/flat.ts';
import { ZERO_HASH } from './core/entry/header.ts';
import { examineDetached } from './core/entry/predecessor.ts';
import { TessraxError } from './core/errors.ts';
import type { FeedRange, PlacedEntry } from './core/events.ts';
import { readDecision } from './core/federation/decision.ts';
import type { FlatDecision } from './core/federation/decision-json.ts';
import { EpochChain } from './core/federation/epoch-chain.ts';
import type { ReachingVote } from './core/federation/feed-certificate.ts';
import type { Electorate } from './core/federation/governance-record.ts';
import { NOTHING_SIGNED, type Signed, signedWith } from './core/federation/governance-state.ts';
import { epochOf, type Vote } from './core/federation/vote.ts';
import { emptyHead } from './core/ledger/admission.ts';
import type { FeedHead, LogName } from './core/ledger/feed.ts';
import { checkpointOf, ledgerLeaf } from './core/ledger/ledger.ts';
import { ENTRY_BYTES_MAX } from './core/limits.ts';
import { EMPTY_ROOT } from './core/merkle/hash.ts';
import { assemble, type ProofPlan, planConsistency, planInclusion, planRoot } from './core/merkle/proof.ts';
import { MerkleTree } from './core/merkle/tree.ts';
import type { PeerIdText } from './core/peer-id.ts';
import { type ReceiptProof, rootStatementHash } from './core/proof.ts';
import { signedMessage } from './core/signature.ts';
import { storedRuling } from './core/sync/governing.ts';
import type { Statement } from './core/sync/statement.ts';
import type { NodeHandle, Store } from './ports.ts';

/** An entry in its flat form; `prev` is the hash of the entry before it. */
export function flatEntry(federation: string, placed: PlacedEntry, prev: Uint8Array): JsonObject {
  const parts = readEntry(new BinaryReader(placed.bytes));
  const { origin, log, seq, hash } = placed;
  return toFlat({ ...parts, federation, origin, log, seq, prev, hash, bodyHash: sha256(parts.body) });
}

/** The entries of a range, oldest first, flat. */
export async function* flatEntries(
  store: Store,
  federation: string,
  log: LogName,
  range: FeedRange,
): AsyncGenerator<JsonObject, void> {
  let prev: Uint8Array = ZERO_HASH;
  const before = Math.max(0, range.from - 1);
  for await (const placed of store.iterate(log, { ...range, from: before })) {
    if (placed.seq >= range.from) yield flatEntry(federation, placed, prev);
    prev = placed.hash;
  }
}

/** What was cut off a sealed feed in a range, flat, by place and receipt hash. What stood before an entry is in the feed or was cut off too. */
export async function* quarantinedEntries(
  store: Store,
  federation: string,
  range: FeedRange,
): AsyncGenerator<JsonObject, void> {
  let before: Uint8Array[] = [];
  let here: Uint8Array[] = [];
  let at = -1;
  for await (const placed of store.quarantine({ ...range, from: Math.max(0, range.from - 1) })) {
    const { origin, seq, hash } = placed;
    if (seq !== at) {
      before = seq === at + 1 ? here : [];
      here = [];
      at = seq;
    }
    here.push(hash);
    if (seq < range.from) continue;
    const held = await store.readRanges(
      'ledger',
      [{ origin, from: Math.max(0, seq - 1), to: seq }],
      1,
      ENTRY_BYTES_MAX,
    );
    const { prev } = examineDetached(placed, [...held.map((entry) => entry.hash), ...before], federation);
    yield flatEntry(federation, placed, prev);
  }
}

/** One entry by its place; undefined when there is none. */
export async function flatAt(
  store: Store,
  federation: string,
  log: LogName,
  origin: PeerIdText,
  seq: number,
): Promise<JsonObject | undefined> {
  for await (const flat of flatEntries(store, federation, log, { origin, from: seq, to: seq + 1 })) return flat;
  return undefined;
}

/** The proof of a ledger entry against the present ledger root, signed by this node. Undefined when the hash is not in the ledger. */
export async function proveReceipt(node: NodeHandle, hash: Uint8Array): Promise<ReceiptProof | undefined> {
  // Heads and root are taken at one moment; everything read afterwards lies below them and does not change.
  const heads = node.heads();
  const { height, root } = node.status();
  const place = await node.store.find(hash);
  if (place === undefined || place.log !== 'ledger') return undefined;
  const index = heads.findIndex(({ origin }) => origin === place.origin);
  const head = heads[index];
  if (head === undefined || head.size <= place.seq) return undefined;
  const entry = await flatAt(node.store, node.federation.id, 'ledger', place.origin, place.seq);
  if (entry === undefined)
    throw new TessraxError('store_corrupt', `entry ${toHex(hash)} is in the index and not in its feed`);
  const path = await fetchPlan(node.store, place.origin, planInclusion(place.seq, head.size));
  const tree = new MerkleTree(heads.map((each) => ledgerLeaf(checkpointOf(each))));
  const statement = {
    federation: node.federation.id,
    node: node.peerId,
    height,
    feeds: heads.length,
    root,
    timestampMs: node.wallMs(),
  };
  return {
    entry,
    feed: { index: place.seq, size: head.size, root: checkpointOf(head).root, path },
    ledger: { index, size: heads.length, root, path: tree.inclusion(index) },
    statement,
    signature: node.signer.sign(signedMessage('root', rootStatementHash(statement))),
    decisions: await writersProof(node, [place.origin]),
  };
}

/** The certificate of a final ledger entry. Undefined when the hash is not in the ledger; `not_final` while votes are missing. */
export async function certifyReceipt(
  node: NodeHandle,
  hash: Uint8Array,
  federationFile: JsonValue,
): Promise<Certificate | undefined> {
  const place = await node.store.find(hash);
  if (place === undefined || place.log !== 'ledger') return undefined;
  const { origin, seq } = place;
  if (node.certifiedSize(origin) <= seq) {
    throw new TessraxError('not_final', `entry ${toHex(hash)} is stored and not final yet`, {
      remedy: 'wait for the heartbeats of the witnesses, and ask again',
    });
  }
  const entry = await flatAt(node.store, node.federation.id, 'ledger', origin, seq);
  if (entry === undefined)
    throw new TessraxError('store_corrupt', `entry ${toHex(hash)} is in the index and not in its feed`);
  const covering: Vote[] = [];
  for (const vote of await node.store.votes(origin))
    if (vote.checkpoint.size > seq && (await isOurs(node.store, vote))) covering.push(vote);
  const quorum = earliestQuorum(node.electorates(), covering);
  if (quorum === undefined) {
    throw new TessraxError('not_certifiable', `entry ${toHex(hash)} is final, but its votes are not all kept here`, {
      remedy: 'ask another node: this one holds the entry by the certificate of a sealed feed',
    });
  }
  const votes: CertifyingVote[] = [];
  for (const vote of quorum.votes)
    votes.push({ vote, feedPath: await fetchPlan(node.store, origin, planInclusion(seq, vote.checkpoint.size)) });
  const decisions = await flatDecisions(node.store, node.federation.id, quorum.epoch);
  return { federation: federationFile, entry, votes, decisions };
}

/** Enough votes of the witnesses of one epoch: of the first for which there are, since it takes the fewest decisions to show who they are. */
function earliestQuorum(
  electorates: readonly Electorate[],
  votes: readonly Vote[],
): { readonly epoch: number; readonly votes: readonly Vote[] } | undefined {
  for (const { since, witnesses, threshold } of electorates) {
    const ofEpoch = votes.filter((vote) => epochOf(vote) === since && witnesses.has(vote.witness));
    if (ofEpoch.length >= threshold) return { epoch: since, votes: ofEpoch.slice(0, threshold) };
  }
  return undefined;
}

/** The decisions that show why these nodes may write though the federation file does not list them; none when it lists them all. */
export async function writersProof(
  { store, federation }: NodeHandle,
  origins: readonly PeerIdText[],
): Promise<FlatDecision[]> {
  const chain = new EpochChain(federation);
  const isUnlisted = (origin: PeerIdText) => chain.writerRefusal(origin, 0) === 'not_a_writer';
  let lacking = origins.filter(isUnlisted);
  if (lacking.length === 0) return [];
  for (const bytes of await store.decisions(0, Number.MAX_SAFE_INTEGER)) {
    chain.end(storedRuling(bytes, chain));
    lacking = lacking.filter(isUnlisted);
    if (lacking.length === 0) break;
  }
  return flatDecisions(store, federation.id, chain.epoch);
}

/** The first decisions, as flat entries. */
async function flatDecisions(store: Store, federation: string, count: number): Promise<FlatDecision[]> {
  if (count === 0) return [];
  const kept = await store.decisions(0, Number.MAX_SAFE_INTEGER);
  return kept.slice(0, count).map((bytes) => {
    const { proposal, declarations } = readDecision(new BinaryReader(bytes));
    return {
      proposal: flatStatement(proposal, federation),
      declarations: declarations.map((declaration) => flatStatement(declaration, federation)),
    };
  });
}

function flatStatement({ origin, seq, prev, entry }: Statement, federation: string): JsonObject {
  const [candidate] = examineRun({ origin, log: 'ledger', from: seq, prev, entries: [entry] }, federation);
  return flatEntry(federation, candidate ?? { origin, log: 'ledger', seq, hash: ZERO_HASH, bytes: entry.bytes }, prev);
}

/** Whether a kept vote is for the feed as it is: one that was cut, or went on along another branch, has votes of before. */
async function isOurs(store: Store, { checkpoint: { origin, size, root } }: Vote): Promise<boolean> {
  const own = await rootAt(store, origin, size);
  return own !== undefined && equalBytes(own, root);
}

/** Root of a ledger feed at an earlier size; undefined when the feed is shorter, because it was cut. */
export async function rootAt(store: Store, origin: PeerIdText, size: number): Promise<Uint8Array | undefined> {
  if (size === 0) return EMPTY_ROOT;
  const [last] = await store.readRanges('ledger', [{ origin, from: size - 1, to: size }], 1, ENTRY_BYTES_MAX);
  if (last === undefined) return undefined;
  const [root] = await fetchPlan(store, origin, planRoot(size));
  return root;
}

/** The head that a ledger feed had at an earlier size. */
export async function headAt(store: Store, origin: PeerIdText, size: number): Promise<FeedHead> {
  if (size === 0) return emptyHead(origin, 'ledger');
  const peaks: Uint8Array[] = [];
  for (const { level, index } of planRoot(size).subtrees)
    peaks.push(await store.subtree(origin, 'ledger', level, index));
  const [last] = await store.readRanges('ledger', [{ origin, from: size - 1, to: size }], 1, ENTRY_BYTES_MAX);
  if (last === undefined) throw new TessraxError('store_corrupt', `entry ${size - 1} of ${origin} is missing`);
  const { timestampMs, nonce } = readEntry(new BinaryReader(last.bytes));
  return { origin, log: 'ledger', size, hash: last.hash, timestampMs, nonce, peaks };
}

/** GOVERNANCE entries of ranges, in their order, until there are so many. */
export async function governanceOf(
  store: Store,
  ranges: readonly FeedRange[],
  entriesMax: number,
): Promise<PlacedEntry[]> {
  const found: PlacedEntry[] = [];
  for (const range of ranges) {
    for await (const entry of store.governanceEntries(range)) {
      found.push(entry);
      if (found.length >= entriesMax) return found;
    }
  }
  return found;
}

/** What a node has signed in governance, by all that it has stored. */
export async function governanceSignedBy(store: Store, origin: PeerIdText): Promise<Signed> {
  let signed = NOTHING_SIGNED;
  for await (const entry of store.governanceEntries({ origin, from: 0, to: Number.MAX_SAFE_INTEGER }))
    signed = signedWith(signed, entry);
  return signed;
}

/**
 * What is read of a feed; undefined when it failed and the feed was cut meanwhile. That as much is held as before shows nothing: it may be
 * on its way to the disk again.
 */
export async function unlessCut<T>(
  ledger: { cutsOf(origin: PeerIdText): number },
  origin: PeerIdText,
  read: Promise<T>,
): Promise<T | undefined> {
  const cuts = ledger.cutsOf(origin);
  try {
    return await read;
  } catch (error) {
    if (ledger.cutsOf(origin) === cuts) throw error;
    return undefined;
  }
}

/** Consistency path between two sizes of a ledger feed. */
export async function pathBetween(store: Store, { origin, from, to }: FeedRange): Promise<Uint8Array[]> {
  return from === to ? [] : fetchPlan(store, origin, planConsistency(from, to));
}

/** The votes kept that reach a size of a feed and are for its branch, each with its path from there. */
export async function votesReaching(store: Store, origin: PeerIdText, size: number): Promise<ReachingVote[]> {
  const reaching: ReachingVote[] = [];
  for (const vote of await store.votes(origin)) {
    if (vote.checkpoint.size < size || !(await isOurs(store, vote))) continue;
    reaching.push({ vote, path: await pathBetween(store, { origin, from: size, to: vote.checkpoint.size }) });
  }
  return reaching;
}

async function fetchPlan(store: Store, origin: PeerIdText, plan: ProofPlan): Promise<Uint8Array[]> {
  const hashes: Uint8Array[] = [];
  for (const { level, index } of plan.subtrees) hashes.push(await store.subtree(origin, 'ledger', level, index));
  return assemble(plan, hashes);
}
