/**
 * Certificates that are none: asked for what lies beyond the fork of its own sealed feed, the node answers with an entry made up on the
 * spot: under no certificate, under its one vote, or under a certificate that is about other entries. It is of use to one that equivocates, and claims much.
 */
import { authorEntry, type ChainTip } from '../../../src/core/entry/author.ts';
import type { Candidate } from '../../../src/core/entry/examine.ts';
import { ZERO_NONCE } from '../../../src/core/entry/header.ts';
import type { DeltaCertificate } from '../../../src/core/federation/feed-certificate.ts';
import type { SealReason } from '../../../src/core/ledger/seal-reason.ts';
import { isRevocation } from '../../../src/core/ledger/seal-reason.ts';
import { rootOfLeaves } from '../../../src/core/merkle/compact-range.ts';
import { runOf, syncEventDraft } from '../../../src/core/sync/delta.ts';
import { readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import { decodeMessage, encodeMessage, type RangesRequest } from '../../../src/core/sync/messages.ts';
import { MS } from '../schedule.ts';
import { BEGIN_WALL_MS, type SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';

const RECEIPT = { type: 'RECEIPT', body: { payload: { counterfeit: true } } };
/** Above what a feed reaches by honest steps of at most 64 bits. */
const NONCE_HIGH = 0x7f;

export const counterfeiter: Fault = {
  kind: 'counterfeiter',
  install(world, fired) {
    const node = hostileNode(world);
    const peers = new Map<number, string>();
    const asked = new Map<number, RangesRequest>();
    node.listeners.push((event) => {
      if (event.kind === 'stream_opened') peers.set(event.stream, event.peer);
      if (event.kind !== 'frame' || !peers.has(event.stream)) return;
      const request = readRequest(event.data);
      if (request !== undefined) asked.set(event.stream, request);
    });
    node.tampers.push((effect) => {
      const request = effect.kind === 'send' ? asked.get(effect.stream) : undefined;
      if (effect.kind !== 'send' || request === undefined) return [effect];
      asked.delete(effect.stream);
      const frame = counterfeit(world, node, request, peers.get(effect.stream) ?? '');
      if (frame === undefined) return [effect];
      fired();
      return [{ ...effect, frame }];
    });
  },
};

function readRequest(frame: Uint8Array): RangesRequest | undefined {
  try {
    const message = decodeMessage(frame);
    return message.kind === 'ranges_request' && message.seals.length > 0 ? message : undefined;
  } catch {
    return undefined; // another's garbage
  }
}

function counterfeit(world: World, node: SimNode, request: RangesRequest, target: string): Uint8Array | undefined {
  const proof = request.seals.find(({ origin }) => origin === node.peer);
  if (proof !== undefined && isRevocation(proof)) return undefined;
  const range = request.ranges.find(({ origin }) => origin === node.peer);
  if (proof === undefined || range === undefined || range.from < proof.seq) return undefined;
  const nowMs = BEGIN_WALL_MS + Math.floor(world.schedule.nowUs / MS);
  const entry = beyondFork(node, proof, range.from, nowMs);
  if (entry === undefined) return undefined;
  const known = node.state?.seals.get(node.peer)?.certificate;
  const certificates = world.dice.pick<readonly DeltaCertificate[]>([
    [],
    [ownCertificate(world, node, entry, nowMs)],
    known === undefined ? [] : [{ ...known, path: [] }],
  ]);
  const tip = { ...tipAt(node, 0, new Uint8Array(32)), log: 'journal' as const };
  const event = authorEntry(node.author, tip, syncEventDraft(target, [[entry]]), nowMs);
  return encodeMessage({
    kind: 'delta',
    event: { origin: node.peer, seq: event.seq, prev: event.prev, entry: event },
    runs: runOf([entry]),
    certificates,
  });
}

/** An entry of its own after what the asking node holds; undefined when the disk does not say what that is. */
function beyondFork(node: SimNode, proof: SealReason, from: number, nowMs: number): Candidate | undefined {
  const prev = from === proof.seq && 'prev' in proof ? proof.prev : node.disk.feed('ledger', node.peer)[from - 1]?.hash;
  return prev === undefined ? undefined : authorEntry(node.author, tipAt(node, from, prev), RECEIPT, nowMs);
}

function tipAt(node: SimNode, size: number, hash: Uint8Array): ChainTip {
  const nonce = Uint8Array.from(ZERO_NONCE).fill(NONCE_HIGH);
  return { origin: node.peer, log: 'ledger', size, hash, timestampMs: 0, nonce };
}

/** What it can sign for alone: one vote. */
function ownCertificate(world: World, node: SimNode, entry: Candidate, nowMs: number): DeltaCertificate {
  const before = node.disk.feed('ledger', node.peer).slice(0, entry.seq);
  const root = rootOfLeaves([...before.map(({ hash }) => hash), entry.hash]);
  const checkpoint = { origin: node.peer, size: entry.seq + 1, root };
  const signed = signHeartbeat(
    {
      federation: world.federation.id,
      node: node.peer,
      epoch: 0,
      closed: false,
      counter: 1,
      timestampMs: nowMs,
      height: checkpoint.size,
      feeds: 1,
      root,
      journal: { origin: node.peer, size: 0, root: rootOfLeaves([]) },
      checkpoints: [checkpoint],
    },
    (message) => node.key.sign(message),
  );
  const { core, job } = readHeartbeat(signed);
  const vote = {
    witness: node.peer,
    checkpoint,
    core,
    signature: job.signature,
    tree: 'changed',
    index: 0,
    path: [],
  } as const;
  return { checkpoint, votes: [{ vote, path: [] }], path: [] };
}
