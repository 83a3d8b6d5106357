/** A node without a network, in memory: real keys, the real core, the real API. What it cannot do is hear of anybody. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiOptions, type ApiServer, startApi } from '../../src/api/server.ts';
import { systemClock, systemRandom } from '../../src/clock.ts';
import type { Note } from '../../src/core/events.ts';
import { createNodeState } from '../../src/core/node.ts';
import { handleOf } from '../../src/handle.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import type {
  Clock,
  Log,
  Network,
  NetworkHandlers,
  NodeHandle,
  PeerInfo,
  SignedMarker,
  Store,
} from '../../src/ports.ts';
import { Runtime } from '../../src/runtime.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { createInlineVerifier } from '../../src/verify/inline.ts';
import { createSigner } from '../../src/verify/signer.ts';
import { ALICE, FEDERATION, FEDERATION_FILE } from './core/fixtures.ts';

/** Nobody is there. Tests speak for the peers through `handlers`. */
export class SilentNetwork implements Network {
  handlers: NetworkHandlers | undefined;
  /** Whom the address book knows. */
  readonly book: PeerInfo[] = [];

  async start(handlers: NetworkHandlers): Promise<void> {
    this.handlers = handlers;
  }
  open(): void {}
  send(): void {}
  close(): void {}
  abort(): void {}
  publish(): void {}
  gossipVerdict(): void {}
  disconnect(): void {}
  heard(): void {}
  addresses(): string[] {
    return ['/ip4/127.0.0.1/tcp/4001'];
  }
  peers(): PeerInfo[] {
    return this.book;
  }
  traffic(): [] {
    return [];
  }
  topics(): [] {
    return [];
  }
  troubles(): [] {
    return [];
  }
  async stop(): Promise<void> {}
}

const SILENT_LOG: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface Rig {
  readonly runtime: Runtime;
  readonly handle: NodeHandle;
  readonly network: SilentNetwork;
  /** What the runtime could not go on with. */
  readonly fatal: unknown[];
  readonly listeners: Set<(note: Note) => void>;
}

/** Alice's node on a store. It is started, and stays silent. */
export async function makeNode(
  store: Store = new MemoryStore(),
  clock: Clock = systemClock(),
  marker?: SignedMarker,
): Promise<Rig> {
  const signer = createSigner(ALICE.seed);
  const network = new SilentNetwork();
  const listeners = new Set<(note: Note) => void>();
  const fatal: unknown[] = [];
  const runtime = new Runtime({
    ...(marker === undefined ? {} : { marker }),
    state: createNodeState({
      self: ALICE.peer,
      federation: FEDERATION,
      author: {
        federation: FEDERATION.id,
        sign: (message) => signer.sign(message),
        random: (count) => systemRandom.bytes(count),
      },
      ...(await store.snapshot()),
      now: { wallMs: clock.wallMs(), monoMs: clock.monoMs() },
    }),
    store,
    verifier: createInlineVerifier(),
    network,
    clock,
    onNote: (note) => {
      for (const listener of listeners) listener(note);
    },
    onFatal: (error) => fatal.push(error),
  });
  await runtime.start();
  const startedMs = clock.wallMs();
  const handle = handleOf({
    runtime,
    network,
    store,
    signer,
    federation: FEDERATION,
    listeners,
    startedMs,
  });
  return { runtime, handle, network, fatal, listeners };
}

/** The API of such a node, in a folder of its own. */
export class ApiRig {
  readonly node: Rig;
  readonly directory: string;
  readonly server: ApiServer;

  private constructor(node: Rig, directory: string, server: ApiServer) {
    this.node = node;
    this.directory = directory;
    this.server = server;
  }

  static async start(
    listen = '127.0.0.1:0',
    prepare?: (directory: string) => Promise<void>,
    store?: Store,
    more: Partial<ApiOptions> = {},
  ): Promise<ApiRig> {
    const node = await makeNode(store);
    const directory = await mkdtemp(join(tmpdir(), 'tessrax-api-'));
    const federationFile = join(directory, 'federation.json');
    await writeFile(federationFile, JSON.stringify(FEDERATION_FILE));
    const metrics = createMetrics({ node: () => node.handle, directory, version: '0', wallMs: () => Date.now() });
    node.listeners.add((note) => metrics.observe(note));
    try {
      await prepare?.(directory);
      const tokenFile = join(directory, 'api.token');
      const options = {
        node: node.handle,
        metrics,
        listen,
        tokenFile,
        federationFile,
        directory,
        log: SILENT_LOG,
        ...more,
      };
      return new ApiRig(node, directory, await startApi(options));
    } catch (error) {
      node.runtime.stop();
      await rm(directory, { recursive: true });
      throw error;
    }
  }

  get url(): string {
    return this.server.url;
  }

  async get(path: string): Promise<Answer> {
    return await answerOf(await fetch(this.url + path));
  }

  /** The body as it is, when it is text; else as JSON. */
  async post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const request = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text };
    return await answerOf(await fetch(this.url + path, request));
  }

  async stop(): Promise<void> {
    await this.server.close();
    this.node.runtime.stop();
    await rm(this.directory, { recursive: true });
  }
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** The members of the JSON; none when it is something else. */
  readonly json: Readonly<Record<string, unknown>>;
}

async function answerOf(response: Response): Promise<Answer> {
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  const value: unknown = /^application\/(?:problem\+)?json\b/.test(type) ? JSON.parse(text) : {};
  const json = typeof value === 'object' && value !== null ? { ...value } : {};
  return { status: response.status, type, text, json };
}

/** The list of objects under a name. */
export function listOf({ json }: Answer, name: string): readonly Readonly<Record<string, unknown>>[] {
  const list = json[name];
  if (!Array.isArray(list)) throw new Error(`no list "${name}" in ${JSON.stringify(json)}`);
  return list;
}
