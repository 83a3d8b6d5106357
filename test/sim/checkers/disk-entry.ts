/**
 * Entries as they lie on a disk, read and hashed by code of its own: the binary form, the header's canonical JSON, the
 * signed message. Nothing here is shared with the core.
 */
import { hash as sha } from 'node:crypto';
import type { PlacedEntry } from '../../../src/core/events.ts';

export interface DiskEntry {
  readonly type: string;
  readonly timestampMs: number;
  readonly nonce: string;
  readonly signature: Uint8Array;
  readonly body: Record<string, unknown>;
  /** Receipt hash, computed anew. */
  readonly hash: string;
}

const TYPES: Readonly<Record<number, string>> = {
  1: 'RECEIPT',
  2: 'SCAR',
  3: 'GOVERNANCE',
  4: 'REVOCATION',
  16: 'SYNC_EVENT',
  17: 'SYNC_CONFIRMED',
};

/** What was read of one federation: many disks hold the same entries, and several checkers read them. */
const known = { federation: '', entries: new Map<string, { readonly bytes: Uint8Array; readonly entry: DiskEntry }>() };

/** Throws what is wrong with the bytes. `prev`: receipt hash of the entry before, in hex. Equal bytes at one place give one object. */
export function readDiskEntry(placed: PlacedEntry, federation: string, prev: string): DiskEntry {
  if (known.federation !== federation) {
    known.federation = federation;
    known.entries.clear();
  }
  const place = `${placed.log} ${placed.origin} ${placed.seq} ${prev}`;
  const before = known.entries.get(place);
  if (before !== undefined && Buffer.compare(before.bytes, placed.bytes) === 0) return before.entry;
  const entry = readAnew(placed, federation, prev);
  known.entries.set(place, { bytes: Uint8Array.from(placed.bytes), entry });
  return entry;
}

function readAnew(placed: PlacedEntry, federation: string, prev: string): DiskEntry {
  const { type, timestampMs, nonce, signature, bodyBytes } = readParts(placed.bytes);
  const body = readBody(bodyBytes.toString('utf8'));
  // The members stand in the order of their names, which is all that RFC 8785 asks of this object.
  const header = JSON.stringify({
    body_hash: sha256Hex(bodyBytes),
    body_size: bodyBytes.length,
    federation,
    log: placed.log,
    nonce,
    origin: placed.origin,
    prev,
    seq: placed.seq,
    timestamp: timestampMs,
    type,
    v: 1,
  });
  return { type, timestampMs, nonce, signature, body, hash: sha256Hex(header) };
}

/** What the binary form holds. Throws what is wrong with it. */
export function readParts(entry: Uint8Array): Omit<DiskEntry, 'body' | 'hash'> & { readonly bodyBytes: Buffer } {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new Error('the bytes end inside a field');
    at += count;
    return bytes.subarray(at - count, at);
  };
  const takeByte = (): number => take(1)[0] ?? 0;
  const takeNumber = (): number => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = takeByte();
      value += (byte % 128) * unit;
      if (byte < 128) return value;
    }
  };
  const code = takeByte();
  const type = code === 0 ? take(takeByte()).toString('utf8') : TYPES[code];
  if (type === undefined) throw new Error(`type code ${code}`);
  const timestampMs = takeNumber();
  const nonce = take(16).toString('hex');
  const signature = Uint8Array.from(take(64));
  const bodyBytes = take(takeNumber());
  if (at !== bytes.length) throw new Error('bytes follow the end');
  return { type, timestampMs, nonce, signature, bodyBytes };
}

/** What an entry's signature is over. */
export function entryMessage(hash: string): Uint8Array {
  return Buffer.concat([Buffer.from('tessrax/entry/v1\n'), Buffer.from(hash, 'hex')]);
}

function readBody(text: string): Record<string, unknown> {
  const body: unknown = JSON.parse(text);
  if (!isRecord(body)) throw new Error('the body is no object');
  if (JSON.stringify(sorted(body)) !== text) throw new Error('the body is not canonical');
  return body;
}

/** Names in order at every level. Enough for what the workload writes: no names that JavaScript takes for array indices. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function sha256Hex(data: Uint8Array | string): string {
  return sha('sha256', data, 'hex');
}
