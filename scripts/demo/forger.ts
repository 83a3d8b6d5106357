/** A hostile peer: it pushes an entry in another node's name, signed with its own key. */
import { randomBytes } from 'node:crypto';

import { EventEmitter, once } from 'node:events';
import { loadFederation } from '../../src/compose.ts';
import { toHex } from '../../src/core/bytes.ts';
import { authorEntry } from '../../src/core/entry/author.ts';
import { EVERYONE } from '../../src/core/entry/types.ts';
import { TessraxError } from '../../src/core/errors.ts';
import { emptyHead } from '../../src/core/ledger/admission.ts';
import { runOf, syncEventDraft } from '../../src/core/sync/delta.ts';
import { encodeMessage } from '../../src/core/sync/messages.ts';
import { createIdentity } from '../../src/identity/identity.ts';
import { toLibp2pPrivateKeyBytes } from '../../src/identity/keyfile.ts';
import { createNetwork } from '../../src/network/network.ts';
import { createSigner } from '../../src/verify/signer.ts';
import type { Cluster, DemoNode } from './cluster.ts';

const CONNECT_MS_MAX = 15_000;

/** Connects to `target`, sends the forgery, and gives back the receipt hash it would have. */
export async function forge(cluster: Cluster, victim: DemoNode, target: DemoNode): Promise<string> {
  const federation = await loadFederation(cluster.federationFile);
  const identity = createIdentity();
  const signer = createSigner(identity.seed);
  const author = {
    federation: federation.id,
    sign: (message: Uint8Array) => signer.sign(message),
    random: (count: number) => randomBytes(count),
  };
  const { addresses } = await target.status();
  const network = createNetwork({
    privateKeyProtobuf: toLibp2pPrivateKeyBytes(identity),
    federation: federation.id,
    listen: [],
    bootstrap: addresses,
    mdns: false,
    dht: 'off',
    book: { load: async () => undefined, save: async () => undefined },
    agent: 'forger',
    log: () => undefined,
    random: () => Math.random(),
    wallMs: () => Date.now(),
  });
  const events = new EventEmitter();
  const heard = once(events, 'gossip', { signal: AbortSignal.timeout(CONNECT_MS_MAX) });
  await network.start({
    peerConnected: () => undefined,
    peerDisconnected: () => undefined,
    gossip: () => events.emit('gossip'),
    peerFlooded: () => undefined,
    streamOpened: (stream) => network.abort(stream, 'forger'),
    frame: () => undefined,
    streamClosed: () => undefined,
  });
  try {
    await heard; // who hears the others' heartbeats is in the mesh
    const tip = { ...emptyHead(victim.peerId, 'ledger'), ...(await feedTip(victim)) };
    const forged = authorEntry(author, tip, { type: 'RECEIPT', body: { payload: { forged: true } } }, Date.now());
    const journal = emptyHead(victim.peerId, 'journal');
    const event = authorEntry(author, journal, syncEventDraft(EVERYONE, [[forged]]), Date.now());
    network.publish(
      'entries',
      encodeMessage({ kind: 'delta', event: { ...event, entry: event }, runs: runOf([forged]) }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    return toHex(forged.hash);
  } finally {
    setTimeout(() => void network.stop(), 2000).unref();
  }
}

/** Where the victim's feed ends: the forgery fits there, but for its signature. */
async function feedTip(
  victim: DemoNode,
): Promise<{ size: number; hash: Uint8Array; timestampMs: number; nonce: Uint8Array }> {
  const answer: unknown = await (await fetch(`${victim.url}/v1/receipts?origin=${victim.peerId}&tail=1`)).json();
  const entries = typeof answer === 'object' && answer !== null && 'entries' in answer ? answer.entries : undefined;
  const last: unknown = Array.isArray(entries) ? entries[0] : undefined;
  if (
    typeof last !== 'object' ||
    last === null ||
    !('seq' in last) ||
    !('hash' in last) ||
    !('nonce' in last) ||
    !('timestamp' in last)
  ) {
    throw new TessraxError('answer_invalid', `${victim.name} has no entries to forge after`);
  }
  return {
    size: Number(last.seq) + 1,
    hash: Buffer.from(String(last.hash), 'hex'),
    timestampMs: Number(last.timestamp),
    nonce: Buffer.from(String(last.nonce), 'hex'),
  };
}
