/**
 * A request that its client names (`Idempotency-Key`) and sends twice appends once. The name is stored in the same batch as the entries
 * (see AppendMemo), in a ring of slots: so it is known exactly when they are, after any crash, and the oldest name makes room for the newest.
 */
import { sha256 } from '#sha256';
import { toHex } from '../core/bytes.ts';
import { TessraxError } from '../core/errors.ts';
import type { AppendedEntry, AppendMemo, Draft } from '../core/events.ts';
import { API_IDEMPOTENCY_KEYS_MAX, APPEND_BATCH_MAX } from '../core/limits.ts';
import type { NodeHandle } from '../ports.ts';

/** Slots read at once when the node has started. */
const LOAD_CHUNK = 256;
const DIGEST_LENGTH = 32;
const RECORD = /^([0-9a-f]{32}) ([0-9a-f]{32}) (\d{1,16}) (\d{1,5})$/;

/** What is kept of a request: digests of its name and its body, and the run of entries that it became. */
interface Known {
  readonly slot: number;
  readonly body: string;
  readonly seq: number;
  readonly count: number;
}

interface UnderWay {
  readonly slot: number;
  readonly body: string;
  readonly result: Promise<readonly AppendedEntry[]>;
}

type AppendingNode = Pick<NodeHandle, 'peerId' | 'append'> & {
  readonly store: Pick<NodeHandle['store'], 'getValue' | 'iterate'>;
};

export class OnceOnly {
  readonly #node: AppendingNode;
  readonly #slots: (string | undefined)[];
  readonly #max: number;
  readonly #known = new Map<string, Known>();
  readonly #underWay = new Map<string, UnderWay>();
  #next = 0;
  #loading: Promise<void> | undefined;

  /** `max`: names that are remembered; more than requests can be under way. */
  constructor(node: AppendingNode, max = API_IDEMPOTENCY_KEYS_MAX) {
    this.#node = node;
    this.#max = max;
    this.#slots = new Array<string | undefined>(max);
  }

  /**
   * Appends what `drafts` gives, or nothing when this request was carried out before; the same entries either way. Throws
   * `idempotency_key_reused` when the name came with another body, `entries_cut` when the entries left the feed since.
   */
  async append(
    { key, route, body }: { readonly key: string | undefined; readonly route: string; readonly body: unknown },
    drafts: () => readonly Draft[],
  ): Promise<{ readonly entries: readonly AppendedEntry[]; readonly isReplay: boolean }> {
    if (key === undefined) return { entries: await this.#node.append(drafts()), isReplay: false };
    this.#loading ??= this.#load();
    await this.#loading;
    const name = digest(`${route} ${key.replaceAll('"', '')}`);
    const content = digest(JSON.stringify(body));
    const before = this.#known.get(name) ?? this.#underWay.get(name);
    if (before === undefined) return { entries: await this.#begin(name, content, drafts()), isReplay: false };
    if (before.body !== content) {
      throw new TessraxError('idempotency_key_reused', 'this Idempotency-Key came with another body before', {
        remedy: 'give each request a key of its own',
      });
    }
    return { entries: 'result' in before ? await before.result : await this.#entriesOf(before), isReplay: true };
  }

  async #begin(name: string, body: string, drafts: readonly Draft[]): Promise<readonly AppendedEntry[]> {
    const slot = this.#freeSlot();
    const memo: AppendMemo = { name: slotName(slot), text: `${name} ${body}` };
    const result = this.#node.append(drafts, memo);
    this.#underWay.set(name, { slot, body, result });
    try {
      const entries = await result;
      const [first] = entries;
      if (first !== undefined) this.#remember(name, { slot, body, seq: first.seq, count: entries.length });
      return entries;
    } finally {
      this.#underWay.delete(name);
    }
  }

  /** The next slot, but for those of requests under way, which are fewer than slots. */
  #freeSlot(): number {
    const taken = new Set([...this.#underWay.values()].map(({ slot }) => slot));
    while (taken.has(this.#next)) this.#next = (this.#next + 1) % this.#max;
    const slot = this.#next;
    this.#next = (slot + 1) % this.#max;
    return slot;
  }

  #remember(name: string, known: Known): void {
    const before = this.#slots[known.slot];
    if (before !== undefined) this.#known.delete(before);
    this.#slots[known.slot] = name;
    this.#known.set(name, known);
  }

  async #entriesOf({ seq, count }: Known): Promise<AppendedEntry[]> {
    const range = { origin: this.#node.peerId, from: seq, to: seq + count };
    const entries: AppendedEntry[] = [];
    for await (const placed of this.#node.store.iterate('ledger', range)) entries.push(placed);
    if (entries.length === count) return entries.map(({ hash, seq: place }) => ({ hash, seq: place }));
    throw new TessraxError('entries_cut', 'the entries of this request were stored, and cut off the feed since', {
      remedy: 'look at the scars of this node; a new Idempotency-Key sends them again',
    });
  }

  /** Writing goes on behind the newest entry. */
  async #load(): Promise<void> {
    let newest = -1;
    for (let from = 0; from < this.#max; from += LOAD_CHUNK) {
      const slots = Array.from({ length: Math.min(LOAD_CHUNK, this.#max - from) }, (_, i) => from + i);
      const values = await Promise.all(slots.map((slot) => this.#node.store.getValue(slotName(slot))));
      for (const [i, value] of values.entries()) {
        const [, name, body, seq, count] = RECORD.exec(value ?? '') ?? [];
        if (name === undefined || body === undefined || Number(count) > APPEND_BATCH_MAX) continue;
        const slot = from + i;
        this.#remember(name, { slot, body, seq: Number(seq), count: Number(count) });
        if (Number(seq) <= newest) continue;
        newest = Number(seq);
        this.#next = (slot + 1) % this.#max;
      }
    }
  }
}

function slotName(slot: number): string {
  return `request/${slot}`;
}

function digest(text: string): string {
  return toHex(sha256(text)).slice(0, DIGEST_LENGTH);
}
