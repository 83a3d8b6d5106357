/** The node as it stands, kept up to date by its event stream. One object for the whole page; views read it with `useLive`. */
import { useEffect, useState } from 'preact/hooks';
import type { JsonValue } from '../../src/core/entry/canonical-json.ts';
import {
  asNumber,
  asObject,
  asText,
  type Feed,
  type Peer,
  type Revocation,
  readFeeds,
  readPeers,
  readRevocations,
  readStatus,
  readWitnesses,
  type Status,
} from './answers.ts';
import { getJson } from './client.ts';
import { Series } from './series.ts';
import { type Member, membersOf } from './standing.ts';

/** However fast events come, the node is asked this often at most. */
const REFRESH_MS_MIN = 400;
/** Connections come and go without an event. A long list of peers is asked for less often. */
const REFRESH_MS_MAX = 2000;
const REFRESH_MANY_MS_MAX = 10_000;
const MANY_PEERS = 200;
/** Roots differ for a moment after every append: that is no news until it lasts. */
const SETTLE_MS = 1200;

export type Connection = 'connecting' | 'live' | 'lost';

export interface Snapshot {
  readonly connection: Connection;
  readonly status: Status | undefined;
  readonly members: readonly Member[];
  readonly feeds: readonly Feed[];
  readonly revocations: readonly Revocation[];
  readonly governance: JsonValue;
  /** Grows with every change of the ledger: lists look for what is new. */
  readonly ledgerVersion: number;
  /** Grows when a contradiction was heard of: they are rare, and looking for them is not cheap. */
  readonly scarVersion: number;
}

class Live {
  readonly series = new Series(Date.now());
  snapshot: Snapshot = {
    connection: 'connecting',
    status: undefined,
    members: [],
    feeds: [],
    revocations: [],
    governance: null,
    ledgerVersion: 0,
    scarVersion: 0,
  };
  readonly #listeners = new Set<() => void>();
  readonly #disagreeingSince = new Map<string, number>();
  #events: EventSource | undefined;
  #timer: number | undefined;
  #refreshing = false;
  /** Something was heard while an answer was under way. */
  #isDue = false;
  #lastRefreshMs = 0;

  start(): void {
    document.addEventListener('visibilitychange', () => this.#connect());
    this.#connect();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A hidden page holds no connection: browsers allow six to one server, for all tabs together. */
  #connect(): void {
    this.#events?.close();
    this.#events = undefined;
    window.clearTimeout(this.#timer);
    if (document.hidden) return;
    const events = new EventSource('/v1/events');
    this.#events = events;
    events.onopen = () => this.#set({ connection: 'live' });
    events.onerror = () => this.#set({ connection: 'lost' });
    events.addEventListener('entry', ({ data }) => this.#heardEntry(data));
    events.addEventListener('sync', ({ data }) => this.#heardSync(data));
    events.addEventListener('sealed', () => this.#heardScar());
    for (const name of ['status', 'heartbeat', 'certified', 'sealed', 'quarantined', 'misbehaved'])
      events.addEventListener(name, () => this.#refreshSoon());
    void this.#refresh();
  }

  #heardEntry(data: unknown): void {
    const { origin, type } = readData(data);
    if (type === 'SCAR') this.#heardScar();
    this.series.entry(Date.now(), origin === this.snapshot.status?.peerId);
    this.#refreshSoon();
  }

  #heardScar(): void {
    this.#set({ scarVersion: this.snapshot.scarVersion + 1 });
  }

  #heardSync(data: unknown): void {
    this.series.sync(Date.now(), asNumber(readData(data)['latency_ms']));
  }

  #refreshSoon(): void {
    const wait = this.#lastRefreshMs + REFRESH_MS_MIN - Date.now();
    this.#refreshIn(Math.max(0, wait));
  }

  #refreshIn(delayMs: number): void {
    if (document.hidden) return;
    if (this.#refreshing) {
      this.#isDue = true;
      return;
    }
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#refresh(), delayMs);
  }

  async #refresh(): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    this.#lastRefreshMs = Date.now();
    try {
      await this.#read();
      if (this.snapshot.connection === 'lost' && this.#events?.readyState === EventSource.CLOSED) this.#connect();
    } catch {
      this.#set({ connection: 'lost' }); // asked again below: the page shows that it is out of date
    } finally {
      this.#refreshing = false;
      const quietMs = this.snapshot.members.length > MANY_PEERS ? REFRESH_MANY_MS_MAX : REFRESH_MS_MAX;
      this.#refreshIn(this.#isDue ? REFRESH_MS_MIN : quietMs);
      this.#isDue = false;
    }
  }

  async #read(): Promise<void> {
    const [status, peers, feeds, governance, revocations] = await Promise.all([
      getJson('/v1/status').then(readStatus),
      getJson('/v1/peers').then(readPeers),
      getJson('/v1/feeds').then(readFeeds),
      getJson('/v1/governance'),
      getJson('/v1/revocations').then(readRevocations),
    ]);
    const unsettled = this.#unsettled(peers);
    const witnesses = readWitnesses(governance);
    const before = this.snapshot.status;
    const changed = before?.root !== status.root || before.certified !== status.certified;
    this.#set({
      status,
      feeds,
      governance,
      revocations,
      members: membersOf({ status, peers, feeds, witnesses, revocations, unsettled }),
      ledgerVersion: this.snapshot.ledgerVersion + Number(changed),
    });
  }

  #unsettled(peers: readonly Peer[]): Set<string> {
    const nowMs = Date.now();
    const unsettled = new Set<string>();
    for (const { peer, agrees, connected } of peers) {
      if (agrees || !connected) {
        this.#disagreeingSince.delete(peer);
        continue;
      }
      const since = this.#disagreeingSince.get(peer) ?? nowMs;
      this.#disagreeingSince.set(peer, since);
      if (nowMs - since < SETTLE_MS) unsettled.add(peer);
    }
    return unsettled;
  }

  #set(change: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

export const live = new Live();

export function useLive(): Snapshot {
  const [snapshot, setSnapshot] = useState(live.snapshot);
  useEffect(() => {
    setSnapshot(live.snapshot);
    return live.subscribe(() => setSnapshot(live.snapshot));
  }, []);
  return snapshot;
}

/** The name of a member: its organisation, or the end of its peer ID. */
export function nameOf(members: readonly Member[], peer: string): string {
  return members.find((member) => member.peer === peer)?.name ?? `…${asText(peer).slice(-6)}`;
}

function readData(data: unknown): Readonly<Record<string, JsonValue | undefined>> {
  const parsed: JsonValue = typeof data === 'string' ? JSON.parse(data) : null;
  return asObject(parsed);
}
