/** A node inside another program: what the HTTP API offers, without HTTP. */
import { type RunningNode, startNode } from './compose.ts';
import { type ConfigFile, loadConfig } from './config.ts';
import type { LiveEvent } from './contract/operation.ts';
import { fromHex, toHex } from './core/bytes.ts';
import type { JsonObject } from './core/entry/canonical-json.ts';
import { HASH_BYTES } from './core/entry/header.ts';
import { TessraxError } from './core/errors.ts';
import type { Draft } from './core/events.ts';
import { EMBEDDED_EVENTS_WAITING_MAX, EMBEDDED_WAIT_MS } from './core/limits.ts';
import { proofJson } from './core/proof.ts';
import { liveEvents } from './live-events.ts';
import type { Log, NodeStatus, PeerStatus } from './ports.ts';
import { flatAt, flatEntries, proveReceipt } from './queries.ts';

/** The settings of config.yaml under their names there; those that are left out come from the folder's config.yaml, else from the defaults. */
export interface NodeOptions extends Partial<ConfigFile> {
  /** Folder with key, federation file and data, as `tessrax init` makes it. */
  readonly directory: string;
  /** Where log lines go; nowhere unless told. */
  readonly log?: Log;
}

/** An entry to be: its type (RECEIPT unless told otherwise), and beside it the members of its body. */
export interface EntryDraft extends JsonObject {}

export interface Appended {
  /** Receipt hash, 64 hex digits. */
  readonly hash: string;
  readonly seq: number;
  readonly origin: string;
}

export interface Wait {
  /** After how many milliseconds to give up; EMBEDDED_WAIT_MS unless told otherwise. */
  readonly timeoutMs?: number;
}

/**
 * Starts a node in this process. It listens for other nodes, and its HTTP API on a free port of loopback unless `api` says otherwise.
 * Rejects with the error of the part that could not start (`keyfile_missing`, `federation_missing`, `store_locked`, `port_in_use` …).
 */
export async function createNode({ directory, log = SILENT, ...settings }: NodeOptions): Promise<TessraxNode> {
  const flags = { api: '127.0.0.1:0', ...settings, directory };
  return new TessraxNode(await startNode(await loadConfig({ flags, environment: {} }), log));
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

export class TessraxNode {
  readonly #node: RunningNode;

  /** Use `createNode`. */
  constructor(node: RunningNode) {
    this.#node = node;
  }

  get peerId(): string {
    return this.#node.handle.peerId;
  }

  /** Multiaddrs under which others can dial this node. */
  get addresses(): readonly string[] {
    return this.#node.handle.addresses();
  }

  /** Where its HTTP API listens. */
  get apiUrl(): string {
    return this.#node.apiUrl;
  }

  /** Rejects with what the node could not go on with (a failed disk, say); never resolves. */
  get failed(): Promise<never> {
    return this.#node.failed;
  }

  status(): NodeStatus {
    return this.#node.handle.status();
  }

  peers(): readonly PeerStatus[] {
    return this.#node.handle.peers();
  }

  /** Appends one entry or several, all or none. Resolves when they are durable; rejects with what is wrong with a draft, `append_busy`, `rejoining`. */
  async append(drafts: EntryDraft | readonly EntryDraft[]): Promise<readonly Appended[]> {
    const list = isList(drafts) ? drafts : [drafts];
    const appended = await this.#node.append(list.map(draftOf));
    return appended.map(({ hash, seq }) => ({ hash: toHex(hash), seq, origin: this.peerId }));
  }

  /** The entry with this receipt hash, flat; undefined when the node does not hold it. */
  async get(hash: string): Promise<JsonObject | undefined> {
    const { store, federation } = this.#node.handle;
    const place = await store.find(bytesOf(hash));
    return place === undefined ? undefined : await flatAt(store, federation.id, place.log, place.origin, place.seq);
  }

  /** Entries of one node's ledger feed in their order, flat; all of them unless told otherwise. */
  entries(origin: string, { from = 0, to = Number.MAX_SAFE_INTEGER } = {}): AsyncIterable<JsonObject> {
    const { store, federation } = this.#node.handle;
    const size = this.#node.handle.heads().find((head) => head.origin === origin)?.size ?? 0;
    return flatEntries(store, federation.id, 'ledger', { origin, from, to: Math.min(to, size) });
  }

  /** The proof that an entry is in the ledger, as `tessrax verify` takes it; undefined when the ledger does not hold it. */
  async prove(hash: string): Promise<JsonObject | undefined> {
    const proof = await proveReceipt(this.#node.handle, bytesOf(hash));
    return proof === undefined ? undefined : proofJson(proof);
  }

  /** Calls the listener for each event, in their order, as soon as it is durable. The function that is given back ends that. */
  subscribe(listener: (event: LiveEvent) => void): () => void {
    const { handle } = this.#node;
    return handle.subscribe((note) => {
      for (const event of liveEvents(handle, note)) listener(event);
    });
  }

  /** Events one by one, from now on. Throws `events_missed` when more than EMBEDDED_EVENTS_WAITING_MAX wait for their reader. */
  async *events(): AsyncGenerator<LiveEvent, void> {
    let waiting: LiveEvent[] = [];
    let arrived = Promise.withResolvers<void>();
    const unsubscribe = this.subscribe((event) => {
      if (waiting.length <= EMBEDDED_EVENTS_WAITING_MAX) waiting.push(event);
      arrived.resolve();
    });
    try {
      for (;;) {
        await Promise.race([arrived.promise, this.failed]);
        arrived = Promise.withResolvers<void>();
        const batch = waiting;
        waiting = [];
        if (batch.length > EMBEDDED_EVENTS_WAITING_MAX) {
          throw new TessraxError('events_missed', `${EMBEDDED_EVENTS_WAITING_MAX} events waited for their reader`, {
            remedy: 'read faster, or use subscribe()',
          });
        }
        yield* batch;
      }
    } finally {
      unsubscribe();
    }
  }

  /** Resolves when a peer has said what it holds, and this node holds all that its peers claim to. Rejects with `wait_timeout`. */
  synced(wait: Wait = {}): Promise<void> {
    const { handle } = this.#node;
    return this.#until('to be synchronised', wait, () => {
      const { behind, syncing } = handle.status();
      return behind === 0 && !syncing && handle.peers().some(({ connected, root }) => connected && root !== undefined);
    });
  }

  /** Resolves when the federation has certified an entry of this node: it is never removed then. Rejects with `wait_timeout`. */
  final({ seq }: Pick<Appended, 'seq'>, wait: Wait = {}): Promise<void> {
    const { handle } = this.#node;
    return this.#until('for the entry to be final', wait, () => handle.certifiedSize(handle.peerId) > seq);
  }

  /** Drains what is under way, closes connections, then the store. */
  stop(): Promise<void> {
    return this.#node.stop();
  }

  /** Looks again whenever something happened in the node. */
  async #until(what: string, { timeoutMs = EMBEDDED_WAIT_MS }: Wait, holds: () => boolean): Promise<void> {
    const reached = Promise.withResolvers<void>();
    const look = (): void => {
      if (holds()) reached.resolve();
    };
    const unsubscribe = this.#node.subscribe(look);
    const timer = setTimeout(() => {
      reached.reject(
        new TessraxError('wait_timeout', `waited ${timeoutMs / 1000} seconds ${what}`, {
          remedy: 'see whether the node has peers',
        }),
      );
    }, timeoutMs);
    look();
    try {
      await Promise.race([reached.promise, this.failed]);
    } finally {
      clearTimeout(timer);
      unsubscribe();
    }
  }
}

function isList(drafts: EntryDraft | readonly EntryDraft[]): drafts is readonly EntryDraft[] {
  return Array.isArray(drafts);
}

function draftOf({ type = 'RECEIPT', ...body }: EntryDraft): Draft {
  if (typeof type === 'string') return { type, body };
  throw new TessraxError('type_invalid', '"type" is not text', { remedy: 'use an upper-case name such as RECEIPT' });
}

function bytesOf(hash: string): Uint8Array {
  const bytes = fromHex(hash, HASH_BYTES);
  if (bytes === undefined) throw new TessraxError('hash_invalid', 'a receipt hash is 64 lower-case hex digits');
  return bytes;
}
