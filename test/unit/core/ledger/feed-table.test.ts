import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { compareBytes, toHex } from '../../../../src/core/bytes.ts';
import { FeedTable, ROOT_AT, ROW_BYTES } from '../../../../src/core/ledger/feed-table.ts';
import { peerIdOf } from '../../../../src/core/peer-id.ts';
import { type Item, tableOf } from './feed-tables.ts';

function item(key: number, size: number): Item {
  const bytes = new Uint8Array(32).fill(7);
  bytes[0] = key >> 3;
  bytes[31] = key & 7;
  return { key: bytes, size, root: new Uint8Array(32).fill(size % 251) };
}

const text = ({ key, size, root }: Item) => `${toHex(key)} ${size} ${toHex(root)}`;

function itemsOf(table: FeedTable): string[] {
  return table.origins.map((origin, i) => {
    equal(origin, peerIdOf(table.key(i)));
    const root = table.bytes.subarray(i * ROW_BYTES + ROOT_AT, (i + 1) * ROW_BYTES);
    return text({ key: table.key(i), size: table.size(i), root });
  });
}

describe('table of feeds', () => {
  it('holds what a sorted list would, after any changes', () => {
    const changes = fc.array(fc.tuple(fc.nat(90), fc.nat({ max: Number.MAX_SAFE_INTEGER })), { maxLength: 150 });
    fc.assert(
      fc.property(changes, (steps) => {
        const table = new FeedTable();
        const model = new Map<string, Item>();
        for (const [key, size] of steps) {
          const feed = item(key, size);
          const at = table.find(feed.key);
          const isThere = table.isAt(at, feed.key);
          equal(isThere, model.has(toHex(feed.key)));
          if (size % 5 === 0 && isThere) {
            table.remove(at);
            model.delete(toHex(feed.key));
            continue;
          }
          if (isThere) table.set(at, size, feed.root);
          else table.insert(at, { origin: peerIdOf(feed.key), ...feed });
          model.set(toHex(feed.key), feed);
        }
        const sorted = [...model.values()].sort((a, b) => compareBytes(a.key, b.key));
        deepEqual(itemsOf(table), sorted.map(text));
        equal(table.count, sorted.length);
      }),
      { numRuns: 60 },
    );
  });

  it('finds where keys with a prefix begin, from any row on', () => {
    const items = Array.from({ length: 80 }, (_, i) => item(i, 1));
    const table = tableOf(items);
    for (const prefix of [Uint8Array.of(), Uint8Array.of(3), Uint8Array.of(3, 7), item(41, 1).key, Uint8Array.of(200)])
      for (const from of [0, 20, 80]) {
        const expected = items.findIndex(({ key }, i) => i >= from && compareBytes(key, prefix) >= 0);
        equal(table.firstFrom(prefix, from, table.count), expected < 0 ? 80 : expected);
      }
  });

  it('is copied, and the copy stands still', () => {
    const table = tableOf([1, 2, 3].map((key) => item(key, key)));
    const copy = table.copy();
    const before = itemsOf(copy);
    table.set(1, 9, item(0, 9).root);
    table.remove(0);
    deepEqual(itemsOf(copy), before);
    for (let key = 10; key < 40; key++)
      copy.insert(copy.find(item(key, 1).key), { origin: peerIdOf(item(key, 1).key), ...item(key, 1) });
    equal(copy.count, 33);
    equal(table.count, 2);
  });
});
