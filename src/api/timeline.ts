/**
 * The ledger by time: the newest entries over all feeds first. A feed's timestamps never decrease, so that its place at a moment is found by
 * halving, and the feeds are merged from there: a page costs what it shows, not what the ledger holds.
 */
import type { FastifyInstance } from 'fastify';
import { readTimelineCursor, type TimelineCursor, timelineEndpoints } from '../contract/timeline.ts';
import { BinaryReader } from '../core/binary.ts';
import { toHex } from '../core/bytes.ts';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { readEntry } from '../core/entry/codec.ts';
import { ZERO_HASH } from '../core/entry/header.ts';
import type { PlacedEntry } from '../core/events.ts';
import type { FeedHead } from '../core/ledger/feed.ts';
import {
  API_PAGE_ENTRIES,
  API_PAGE_SCAN_MAX,
  API_TIMELINE_BLOCK_ENTRIES_MAX,
  API_TIMELINE_SEEKS_MAX,
  ENTRY_BYTES_MAX,
} from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { NodeHandle } from '../ports.ts';
import { flatEntry } from '../queries.ts';
import { serve } from './serve.ts';

export type TimelineNode = Pick<NodeHandle, 'federation' | 'store' | 'heads'>;

/** What is asked for; every part narrows it. */
export interface TimelineQuery {
  readonly type?: string | undefined;
  readonly origin?: PeerIdText | undefined;
  /** The first digits of receipt hashes. */
  readonly hash?: string | undefined;
  /** Found in the canonical JSON of a body, in any case of letters. */
  readonly text?: string | undefined;
  readonly before?: TimelineCursor | undefined;
  readonly limit: number;
}

export function timelineRoutes(app: FastifyInstance, node: TimelineNode): void {
  serve(app, timelineEndpoints.timeline, ({ query: { before, limit = API_PAGE_ENTRIES, ...rest } }) =>
    timeline(node, { ...rest, limit, before: before === undefined ? undefined : readTimelineCursor(before) }),
  );
}

/** A page, newest first. It may be short, or empty, where little fits: `next` goes on, and is null at the beginning of the ledger. */
export async function timeline(
  node: TimelineNode,
  query: TimelineQuery,
): Promise<{ readonly entries: JsonObject[]; readonly next: string | null }> {
  const feeds = await feedsAt(node, query);
  const entries: JsonObject[] = [];
  for (let scanned = 0; ; scanned++) {
    const feed = newest(feeds);
    const taken = await feed?.take();
    if (feed === undefined || taken === undefined) return { entries, next: null };
    const { placed, prev } = taken;
    const parts = readEntry(new BinaryReader(placed.bytes));
    if (matches(placed, parts, query)) entries.push(flatEntry(node.federation.id, placed, prev));
    if (entries.length === query.limit || scanned + 1 >= API_PAGE_SCAN_MAX)
      return { entries, next: `${parts.timestampMs}:${placed.origin}:${placed.seq}` };
  }
}

function matches(placed: PlacedEntry, parts: ReturnType<typeof readEntry>, query: TimelineQuery): boolean {
  const { type, hash, text } = query;
  if (type !== undefined && parts.type !== type) return false;
  if (hash !== undefined && !toHex(placed.hash).startsWith(hash)) return false;
  return text === undefined || new TextDecoder().decode(parts.body).toLowerCase().includes(text.toLowerCase());
}

/** The feed whose next entry is the latest; of equal ones the first by public key, as the cursor counts. */
function newest(feeds: readonly BackwardFeed[]): BackwardFeed | undefined {
  let best: BackwardFeed | undefined;
  for (const feed of feeds) {
    if (!feed.isEmpty && (best === undefined || feed.timestampMs > best.timestampMs)) best = feed;
  }
  return best;
}

/** A feed read backwards, in blocks that grow while they are used up. */
class BackwardFeed {
  readonly #node: TimelineNode;
  readonly #origin: PeerIdText;
  /** Entries not taken yet, oldest first; the last of them is next. */
  #block: readonly PlacedEntry[] = [];
  #left: number;
  #blockSize = 4;
  /** Time of the next entry. */
  timestampMs: number;

  constructor(node: TimelineNode, origin: PeerIdText, size: number, timestampMs: number) {
    this.#node = node;
    this.#origin = origin;
    this.#left = size;
    this.timestampMs = timestampMs;
  }

  get isEmpty(): boolean {
    return this.#left === 0;
  }

  /** The next entry with the hash of the one before it; undefined when the feed was cut meanwhile. */
  async take(): Promise<{ placed: PlacedEntry; prev: Uint8Array } | undefined> {
    await this.#fill();
    const placed = this.#block.at(-1);
    if (placed === undefined) return undefined;
    this.#block = this.#block.slice(0, -1);
    this.#left = placed.seq;
    await this.#fill();
    const before = this.#block.at(-1);
    if (before !== undefined) this.timestampMs = timestampOf(before);
    return { placed, prev: before?.hash ?? ZERO_HASH };
  }

  async #fill(): Promise<void> {
    if (this.#block.length > 0 || this.#left === 0) return;
    const from = Math.max(0, this.#left - this.#blockSize);
    this.#blockSize = Math.min(API_TIMELINE_BLOCK_ENTRIES_MAX, this.#blockSize * 2);
    const range = { origin: this.#origin, from, to: this.#left };
    this.#block = await this.#node.store.readRanges(
      'ledger',
      [range],
      range.to - from,
      (range.to - from) * ENTRY_BYTES_MAX,
    );
    if (this.#block.length === 0) this.#left = 0;
  }
}

/** Every feed asked for, at the place where the cursor stands. */
async function feedsAt(node: TimelineNode, { origin, before }: TimelineQuery): Promise<BackwardFeed[]> {
  const heads = node.heads().filter((head) => origin === undefined || head.origin === origin);
  const passed = heads.findIndex((head) => head.origin === before?.at?.origin);
  const feeds: BackwardFeed[] = [];
  for (let from = 0; from < heads.length; from += API_TIMELINE_SEEKS_MAX) {
    const some = heads.slice(from, from + API_TIMELINE_SEEKS_MAX);
    feeds.push(...(await Promise.all(some.map((head, i) => feedAt(node, head, before, from + i > passed)))));
  }
  return feeds;
}

/** `inclusive`: entries of the cursor's own moment are still to come, because the feed comes after the cursor's. */
async function feedAt(
  node: TimelineNode,
  head: FeedHead,
  before: TimelineCursor | undefined,
  inclusive: boolean,
): Promise<BackwardFeed> {
  const { origin, size, timestampMs } = head;
  if (before === undefined) return new BackwardFeed(node, origin, size, timestampMs);
  const { at } = before;
  // A moment as such comes before its entries.
  const end = at !== undefined && inclusive ? before.timestampMs : before.timestampMs - 1;
  const place = at?.origin === origin ? Math.min(at.seq, size) : await sizeAt(node, head, end);
  const last = place === size ? timestampMs : await timestampAt(node, origin, place - 1);
  return new BackwardFeed(node, origin, last === undefined ? 0 : place, last ?? 0);
}

/** How many entries of a feed are not later than a moment. */
async function sizeAt(node: TimelineNode, { origin, size, timestampMs }: FeedHead, endMs: number): Promise<number> {
  if (timestampMs <= endMs) return size;
  let low = 0;
  let high = size - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const time = await timestampAt(node, origin, middle);
    if (time !== undefined && time <= endMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function timestampAt({ store }: TimelineNode, origin: PeerIdText, seq: number): Promise<number | undefined> {
  if (seq < 0) return undefined;
  const [placed] = await store.readRanges('ledger', [{ origin, from: seq, to: seq + 1 }], 1, ENTRY_BYTES_MAX);
  return placed === undefined ? undefined : timestampOf(placed);
}

function timestampOf({ bytes }: PlacedEntry): number {
  return readEntry(new BinaryReader(bytes)).timestampMs;
}
