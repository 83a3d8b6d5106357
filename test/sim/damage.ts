/**
 * What happens to a disk from outside: bits flip, a batch is written in part, the folder goes, an old one comes back. As in src/store each
 * record has a checksum over what it says and where it lies, which is looked at on every reading; the one bit that flips never escapes it.
 */
import { crc32 } from 'node:zlib';
import type { PlacedEntry } from '../../src/core/events.ts';
import type { FeedHead } from '../../src/core/ledger/feed.ts';
import type { Dice } from './dice.ts';
import type { SimDisk } from './disk.ts';

/** Reading gave something else than was written. The store says `store_corrupt`, and the node stops. */
export class DiskDamage extends Error {}

type Kept = PlacedEntry | FeedHead;

/** The journal's last entries are still held against what the node says: only older ones are hit. */
const JOURNAL_SPARED = 32;

export class Damage {
  /** Records in which a bit has flipped, with the checksum of what was written. Everything else is what it was. */
  readonly #checksums = new Map<Kept, number>();

  get count(): number {
    return this.#checksums.size;
  }

  /** Throws when the record is not what was written. */
  check(record: Kept): void {
    const checksum = this.#checksums.get(record);
    if (checksum !== undefined && checksum !== crc32(bytesOf(record)))
      throw new DiskDamage('a checksum does not match');
  }

  /** Flips a bit in some record. False when there is none. */
  flip(disk: SimDisk, dice: Dice): boolean {
    if (dice.chance(0.2)) return this.#flipHead(disk, dice);
    const feeds = [...disk.feeds.values()].filter(
      (feed) => feed.length > (feed[0]?.log === 'journal' ? JOURNAL_SPARED : 0),
    );
    if (feeds.length === 0) return false;
    const feed = dice.pick(feeds);
    const at = dice.int(0, feed.length - 1 - (feed[0]?.log === 'journal' ? JOURNAL_SPARED : 0));
    const entry = feed[at];
    if (entry === undefined) return false;
    feed[at] = this.#flipped(entry, { ...entry, bytes: withFlippedBit(entry.bytes, dice) });
    return true;
  }

  clear(): void {
    this.#checksums.clear();
  }

  #flipHead(disk: SimDisk, dice: Dice): boolean {
    const heads = [...disk.heads];
    if (heads.length === 0) return false;
    const [name, head] = dice.pick(heads);
    disk.heads.set(name, this.#flipped(head, { ...head, hash: withFlippedBit(head.hash, dice) }));
    return true;
  }

  #flipped<T extends Kept>(before: T, after: T): T {
    this.#checksums.set(after, crc32(bytesOf(before)));
    return after;
  }
}

function bytesOf(record: Kept): Uint8Array {
  return 'bytes' in record ? record.bytes : record.hash;
}

function withFlippedBit(bytes: Uint8Array, dice: Dice): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  const at = dice.int(0, flipped.length - 1);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << dice.int(0, 7));
  return flipped;
}
