/** A node out of its parts. The only file that imports adapters. */
import { readFile } from 'node:fs/promises';
import type { ApiServer } from './api/server.ts';
import { startApi } from './api/server.ts';
import { systemClock, systemRandom } from './clock.ts';
import type { Config } from './config.ts';
import { parseStrict } from './core/entry/strict-json.ts';
import { TessraxError } from './core/errors.ts';
import type { Draft, Note } from './core/events.ts';
import { type Federation, readFederation } from './core/federation/genesis.ts';
import type { FeedHead } from './core/ledger/feed.ts';
import { FEDERATION_FILE_BYTES_MAX } from './core/limits.ts';
import { createNodeState, DEFAULT_RHYTHM } from './core/node.ts';
import type { RejoinTrust } from './core/sync/rejoin.ts';
import { handleOf } from './handle.ts';
import type { Identity } from './identity/identity.ts';
import { loadKeyfile, toLibp2pPrivateKeyBytes } from './identity/keyfile.ts';
import { type Marker, openMarker } from './identity/marker.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createNetwork } from './network/network.ts';
import type { Log, NodeHandle, Signer, Store } from './ports.ts';
import { governanceSignedBy } from './queries.ts';
import { Runtime } from './runtime.ts';
import { openLevelStore } from './store/level-store.ts';
import { openBackend } from './verify/backend.ts';
import { createVerifierPool } from './verify/pool.ts';
import { createSigner } from './verify/signer.ts';
import { AGENT, VERSION } from './version.ts';

/** A node that runs. */
export interface RunningNode {
  readonly handle: NodeHandle;
  /** Where the API listens: http://HOST:PORT. */
  readonly apiUrl: string;
  append(drafts: readonly Draft[]): ReturnType<NodeHandle['append']>;
  subscribe(listener: (note: Note) => void): () => void;
  /** Drains what is under way, closes connections, then the store. */
  stop(): Promise<void>;
  /** Rejects with what the node could not go on with; never resolves while the node is well. */
  readonly failed: Promise<never>;
}

const PEER_BOOK = 'peer_book';

/** Starts a node. Rejects with the error of the part that could not start; nothing is left running then. */
export async function startNode(config: Config, log: Log): Promise<RunningNode> {
  openBackend(); // tests itself: a node whose signature rule is not ours must not run
  const identity = await loadKeyfile(config.key);
  const federation = await loadFederation(config.federation);
  const store = await openLevelStore({ directory: config.directory, federation: federation.id, node: identity.peerId });
  let marker: Marker | undefined;
  try {
    marker = await openMarker(config.key);
    return await startOn({ config, log, identity, federation, store, marker });
  } catch (error) {
    await marker?.close();
    await store.close();
    throw error;
  }
}

interface Parts {
  readonly config: Config;
  readonly log: Log;
  readonly identity: Identity;
  readonly federation: Federation;
  readonly store: Store;
  readonly marker: Marker;
}

async function startOn(parts: Parts): Promise<RunningNode> {
  const { config, log, identity, federation, store } = parts;
  const signer = createSigner(identity.seed);
  const verifier = createVerifierPool();
  const network = openNetwork(parts, await readPsk(config.psk));
  const clock = systemClock();
  const listeners = new Set<(note: Note) => void>();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // who is interested awaits `failed`; nobody being so is no unhandled rejection
  // The runtime begins to count before the handle that the gauges read is made of it.
  const made: { handle?: NodeHandle } = {};
  const { directory } = config;
  const metrics = createMetrics({
    node: () => made.handle,
    directory,
    version: VERSION,
    wallMs: () => clock.wallMs(),
  });
  const runtime = new Runtime({
    state: await initialState(parts, signer, clock),
    store,
    verifier,
    network,
    clock,
    marker: parts.marker,
    onNote: (note) => {
      for (const listener of listeners) listener(note);
    },
    onTask: (task, items) => metrics.task(task, items),
    onFatal: (error) => failure.reject(error),
  });
  const live = { listeners, startedMs: clock.wallMs() };
  const handle = handleOf({ runtime, network, store, signer, federation, ...live });
  made.handle = handle;
  listeners.add((note) => metrics.observe(note));
  listeners.add((note) => {
    if (note.name === 'heartbeat_received') network.heard(note.node, note.height, note.root);
  });
  listeners.add((note) => logNote(log, note));
  let api: ApiServer | undefined;
  const stop = async (): Promise<void> => {
    await api?.close();
    runtime.stop();
    await network.stop();
    await verifier.close();
  };
  // What fails from here on leaves closing the store and the marker to who opened them.
  try {
    api = await startApi({
      node: handle,
      metrics,
      listen: config.api,
      hosts: config.api_hosts,
      tokenFile: config.api_token_file,
      federationFile: config.federation,
      directory: config.directory,
      log,
    });
    await runtime.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    handle,
    apiUrl: api.url,
    append: (drafts) => handle.append(drafts),
    subscribe: (listener) => handle.subscribe(listener),
    async stop() {
      await stop();
      await parts.marker.close();
      await store.close();
    },
    failed: failure.promise,
  };
}

function openNetwork(
  { config, log, identity, federation, store }: Parts,
  psk: Uint8Array | undefined,
): ReturnType<typeof createNetwork> {
  return createNetwork({
    privateKeyProtobuf: toLibp2pPrivateKeyBytes(identity),
    federation: federation.id,
    listen: config.listen,
    bootstrap: config.bootstrap,
    mdns: config.mdns,
    dht: config.dht,
    ...(psk === undefined ? {} : { psk }),
    book: { load: () => store.getValue(PEER_BOOK), save: (json) => store.putValue(PEER_BOOK, json) },
    agent: AGENT,
    log: (level, message, fields) => log[level](message, fields),
    random: () => Math.random(),
    wallMs: () => Date.now(),
  });
}

async function readPsk(path: string | undefined): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new TessraxError('psk_missing', `cannot read the pre-shared key ${path}`, {
      remedy: 'get the swarm key from another member, or start without --psk',
      cause: error,
    });
  }
}

async function initialState(parts: Parts, signer: Signer, clock: ReturnType<typeof systemClock>) {
  const { config, identity, federation, store, marker } = parts;
  const snapshot = await store.snapshot();
  const heartbeatIntervalMs = config.heartbeat_interval_ms;
  return createNodeState({
    self: identity.peerId,
    federation,
    author: {
      federation: federation.id,
      sign: (message) => signer.sign(message),
      random: (count) => systemRandom.bytes(count),
    },
    rhythm: {
      ...DEFAULT_RHYTHM,
      heartbeatIntervalMs,
      heartbeatIntervalMsMax: Math.max(heartbeatIntervalMs, DEFAULT_RHYTHM.heartbeatIntervalMsMax),
    },
    ...snapshot,
    governanceSigned: await governanceSignedBy(store, identity.peerId),
    rejoin: await trustIn(parts, snapshot.heads),
    signed: marker.counted,
    now: { wallMs: clock.wallMs(), monoMs: clock.monoMs() },
  });
}

/**
 * A plain restart finds at least as many own entries as the marker says were signed; a restored folder finds fewer. What is found beyond
 * the marker was stored and not marked any more when the process ended: it is marked now, before others hear of it.
 */
async function trustIn({ config, identity, marker }: Parts, heads: readonly FeedHead[]): Promise<RejoinTrust> {
  const own = heads.find(({ log, origin }) => log === 'ledger' && origin === identity.peerId)?.size ?? 0;
  if (!config.alone) {
    if (marker.signed === undefined) return 'unmarked';
    if (own < marker.signed) return 'untrusted';
  }
  await marker.advance(own);
  return config.alone ? 'open' : 'trusted';
}

/** Reads a federation file. Rejects with `federation_missing` or `federation_invalid`. */
export async function loadFederation(path: string): Promise<Federation> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new TessraxError('federation_missing', `cannot read the federation file ${path}`, {
      remedy: 'get it from another member, or make one: tessrax federation create',
      cause: error,
    });
  }
  if (text.length > FEDERATION_FILE_BYTES_MAX)
    throw new TessraxError('federation_invalid', `${path} is too large to be a federation file`);
  return readFederation(parseStrict(text));
}

function logNote(log: Log, note: Note): void {
  switch (note.name) {
    case 'entry_rejected':
      log.warn('entry refused', { origin: note.origin, seq: note.seq, reason: note.reason, peer: note.peer });
      return;
    case 'feed_sealed':
      log.error(note.revoked ? 'a node is revoked: its feed is sealed' : 'equivocation: a feed is sealed', {
        origin: note.origin,
        seq: note.seq,
      });
      return;
    case 'entries_quarantined':
      log.warn('entries cut off a sealed feed', { origin: note.origin, from: note.from, to: note.to });
      return;
    case 'peer_misbehaved':
      log.warn('peer dropped: it broke the protocol', { peer: note.peer, code: note.code });
      return;
    case 'session_failed':
      log.info('sync session ended early', { peer: note.peer, code: note.code });
      return;
    case 'sync_confirmed':
      log.info('synchronised', {
        peer: note.peer,
        entries: note.entries,
        pushed: note.pushed,
        latency_ms: Math.round(note.latencyMs),
      });
      return;
    case 'conflict_resolved':
      log.info('roots agree again', { peer: note.peer, duration_ms: Math.round(note.durationMs) });
      return;
    default:
      log.debug(note.name);
      return;
  }
}
