/** What was cut off sealed feeds: each entry verifies by itself, continues the feed or another such entry, and lies beyond its seal. */

import type { Candidate } from '../core/entry/examine.ts';
import { examineDetached } from '../core/entry/predecessor.ts';
import { TessraxError } from '../core/errors.ts';
import type { PlacedEntry, SealRecord } from '../core/events.ts';
import { QUARANTINE_BRANCHES_MAX, STORE_READ_CHUNK_BYTES, STORE_READ_CHUNK_ENTRIES } from '../core/limits.ts';
import { type PeerIdText, peerIdOf } from '../core/peer-id.ts';
import { getValue, scan } from '../store/database.ts';
import { bucketRange, entryKey, FeedKeys, originOfKey, placeOfQuarantineKey } from '../store/keys.ts';
import { readQuarantined } from '../store/quarantine.ts';
import { unsealEntry } from '../store/records.ts';
import type { SealAuditParts } from './seal-audit.ts';

const CHUNKS = { chunkPairs: STORE_READ_CHUNK_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };

/** Checks all of it, in the order of the keys: by origin, place and receipt hash. */
export class QuarantineAudit {
  readonly #parts: SealAuditParts;
  readonly #seals: ReadonlyMap<PeerIdText, SealRecord>;
  readonly #keys = new FeedKeys();
  /** Entries of each origin. */
  readonly counts = new Map<PeerIdText, number>();
  /** Receipt hashes at the place before, and at this one. */
  #before: Uint8Array[] = [];
  #here: Uint8Array[] = [];
  #at: { readonly origin: PeerIdText; readonly seq: number } = { origin: '', seq: 0 };

  constructor(parts: SealAuditParts, seals: ReadonlyMap<PeerIdText, SealRecord>) {
    this.#parts = parts;
    this.#seals = seals;
  }

  async run(): Promise<void> {
    const { db, faults } = this.#parts;
    try {
      for await (const pairs of scan(db, { ...bucketRange('quarantine'), ...CHUNKS }))
        for (const [key, value] of pairs) await this.#check(key, value);
    } catch (error) {
      faults.catch('quarantine', error);
    }
  }

  async #check(key: Uint8Array, value: Uint8Array): Promise<void> {
    const origin = peerIdOf(originOfKey(key));
    const { seq, hash } = placeOfQuarantineKey(key);
    const place = `quarantine of ${origin}, seq ${seq}`;
    this.counts.set(origin, (this.counts.get(origin) ?? 0) + 1);
    try {
      this.#step(origin, seq, hash);
      const entry = readQuarantined(origin, key, value);
      const seal = this.#seals.get(origin);
      if (seal === undefined) throw new TessraxError('quarantine_unsealed', 'its feed is not sealed');
      if (seq < seal.proof.seq)
        throw new TessraxError('quarantine_below_seal', `its feed is sealed from entry ${seal.proof.seq} on`);
      const { jobs } = await this.#examine(entry);
      await this.#parts.signatures.add(jobs, place);
    } catch (error) {
      this.#parts.faults.catch(place, error);
    }
  }

  /** Notes the hash for who comes next. */
  #step(origin: PeerIdText, seq: number, hash: Uint8Array): void {
    const same = origin === this.#at.origin && seq === this.#at.seq;
    if (!same) {
      this.#before = origin === this.#at.origin && seq === this.#at.seq + 1 ? this.#here : [];
      this.#here = [];
      this.#at = { origin, seq };
    }
    this.#here.push(hash);
    if (this.#here.length > QUARANTINE_BRANCHES_MAX)
      throw new TessraxError('quarantine_crowded', `more than ${QUARANTINE_BRANCHES_MAX} entries for one place`);
  }

  async #examine(entry: PlacedEntry): Promise<Candidate> {
    const key = entryKey(this.#keys.of(entry.origin, 'ledger'), Math.max(0, entry.seq - 1));
    const value = entry.seq === 0 ? undefined : await getValue(this.#parts.db, key);
    const held = value === undefined ? [] : [unsealEntry(entry.origin, 'ledger', key, value).hash];
    return examineDetached(entry, [...held, ...this.#before], this.#parts.chain.id);
  }
}
