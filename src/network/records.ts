/**
 * libp2p's working memory: what it knows of peers, and what others store through the DHT. Strangers write into both, so each kind is
 * bounded, and the record that was not used for longest goes first. Nothing in it needs to survive a restart (see peer-book.ts).
 */
import { NotFoundError } from '@libp2p/interface';
import type { Libp2pInit } from 'libp2p';
import { LIBP2P_RECORDS_MAX } from '../core/limits.ts';

type Datastore = NonNullable<Libp2pInit['datastore']>;
type Key = Parameters<Datastore['get']>[0];
type Pair = { key: Key; value: Uint8Array };
type Batch = ReturnType<Datastore['batch']>;
type Query = Parameters<Datastore['query']>[0];
type KeyQuery = Parameters<Datastore['queryKeys']>[0];
type Source<T> = Iterable<T> | AsyncIterable<T>;

export class BoundedRecords implements Datastore {
  readonly #pinned: string;
  readonly #recordsMax: number;
  /** By the first part of the key (`peers`, `dht`), so that a flood of one kind leaves the other alone. Oldest use first. */
  readonly #kinds = new Map<string, Map<string, Pair>>();

  /** `pinned`: the key of our own peer record. Without it the node could not identify itself any more. */
  constructor(pinned: string, recordsMax = LIBP2P_RECORDS_MAX) {
    this.#pinned = pinned;
    this.#recordsMax = recordsMax;
  }

  put(key: Key, value: Uint8Array): Key {
    const records = this.#records(key);
    const name = key.toString();
    records.delete(name);
    records.set(name, { key, value });
    if (records.size > this.#recordsMax) {
      for (const oldest of records.keys()) {
        if (oldest === this.#pinned) continue;
        records.delete(oldest);
        break;
      }
    }
    return key;
  }

  get(key: Key): Uint8Array {
    const records = this.#records(key);
    const name = key.toString();
    const record = records.get(name);
    if (record === undefined) throw new NotFoundError(name);
    records.delete(name);
    records.set(name, record);
    return record.value;
  }

  has(key: Key): boolean {
    return this.#records(key).has(key.toString());
  }

  delete(key: Key): void {
    this.#records(key).delete(key.toString());
  }

  async *putMany(source: Source<Pair>): AsyncGenerator<Key> {
    for await (const { key, value } of source) yield this.put(key, value);
  }

  async *getMany(source: Source<Key>): AsyncGenerator<Pair> {
    for await (const key of source) yield { key, value: this.get(key) };
  }

  async *deleteMany(source: Source<Key>): AsyncGenerator<Key> {
    for await (const key of source) {
      this.delete(key);
      yield key;
    }
  }

  batch(): Batch {
    const work: (() => void)[] = [];
    return {
      put: (key, value) => void work.push(() => this.put(key, value)),
      delete: (key) => void work.push(() => this.delete(key)),
      commit: () => {
        for (const one of work.splice(0)) one();
      },
    };
  }

  *query(query: Query): Generator<Pair> {
    const found = this.#all(query.prefix).filter((pair) => (query.filters ?? []).every((accepts) => accepts(pair)));
    for (const order of query.orders ?? []) found.sort(order);
    yield* page(found, query);
  }

  *queryKeys(query: KeyQuery): Generator<Key> {
    const keys = this.#all(query.prefix).map(({ key }) => key);
    const found = keys.filter((key) => (query.filters ?? []).every((accepts) => accepts(key)));
    for (const order of query.orders ?? []) found.sort(order);
    yield* page(found, query);
  }

  #all(prefix = ''): Pair[] {
    const pairs: Pair[] = [];
    for (const records of this.#kinds.values()) {
      for (const [name, pair] of records) if (name.startsWith(prefix)) pairs.push(pair);
    }
    return pairs;
  }

  #records(key: Key): Map<string, Pair> {
    const kind = key.toString().split('/', 2)[1] ?? '';
    let records = this.#kinds.get(kind);
    if (records === undefined) {
      records = new Map();
      this.#kinds.set(kind, records);
    }
    return records;
  }
}

function page<T>(found: readonly T[], query: { offset?: number; limit?: number }): readonly T[] {
  const offset = query.offset ?? 0;
  return found.slice(offset, query.limit === undefined ? undefined : offset + query.limit);
}
