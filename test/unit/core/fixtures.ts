/** What the core's tests and the vectors are made from: keys from fixed seeds, dice that repeat, two federations. */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { BinaryReader } from '../../../src/core/binary.ts';
import { toHex } from '../../../src/core/bytes.ts';
import { type Author, authorEntry, type ChainTip } from '../../../src/core/entry/author.ts';
import type { JsonObject } from '../../../src/core/entry/canonical-json.ts';
import { readEntry } from '../../../src/core/entry/codec.ts';
import type { Candidate, Run } from '../../../src/core/entry/examine.ts';
import type { Draft, SignatureJob } from '../../../src/core/events.ts';
import { draftFederation, type Federation, readFederation } from '../../../src/core/federation/genesis.ts';
import { emptyHead } from '../../../src/core/ledger/admission.ts';
import type { LogName } from '../../../src/core/ledger/feed.ts';
import { type PeerIdText, peerIdOf } from '../../../src/core/peer-id.ts';
import { signedMessage } from '../../../src/core/signature.ts';

export interface TestKey {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly peer: PeerIdText;
  sign(message: Uint8Array): Uint8Array;
}

/** PKCS#8 of an Ed25519 key up to its 32 bytes of seed (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
/** SubjectPublicKeyInfo up to the 32 bytes of public key. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** The key whose seed is 32 bytes of this value. */
export function testKey(value: number): TestKey {
  const seed = new Uint8Array(32).fill(value);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = Uint8Array.from(spki.subarray(SPKI.length));
  return { seed, publicKey, peer: peerIdOf(publicKey), sign: (message) => Uint8Array.from(sign(null, message, key)) };
}

export const ALICE = testKey(1);
export const BOB = testKey(2);
export const CAROL = testKey(3);
export const MALLORY = testKey(66);

/** Alice, Bob and Carol are witnesses and the only writers. */
export const FEDERATION_FILE: JsonObject = draftFederation({
  name: 'Vectors',
  witnesses: [
    { peer: ALICE.peer, organisation: 'Alpha' },
    { peer: BOB.peer, organisation: 'Beta' },
    { peer: CAROL.peer, organisation: 'Gamma' },
  ],
});
export const FEDERATION: Federation = readFederation(FEDERATION_FILE);

/** Anybody writes, up to a thousand entries an origin. */
export const OPEN_FEDERATION: Federation = readFederation(
  draftFederation({ name: 'Open', witnesses: [{ peer: ALICE.peer, organisation: '' }], openQuota: 1000 }),
);

/** 2026-01-01T00:00:00Z */
export const EPOCH_MS = 1_767_225_600_000;

/** Bytes that look random and are the same on every run. */
export function dice(seed: string): (count: number) => Uint8Array {
  let rolls = 0;
  return (count) => {
    const digest = createHash('sha512').update(`${seed} ${rolls++}`).digest();
    if (count > digest.length) throw new RangeError(`at most ${digest.length} bytes at once`);
    return Uint8Array.from(digest.subarray(0, count));
  };
}

export function authorOf(key: TestKey, federation: Federation = FEDERATION): Author {
  return { federation: federation.id, sign: (message) => key.sign(message), random: dice(key.peer) };
}

export function receipt(n: number): Draft {
  return { type: 'RECEIPT', body: { payload: { n } } };
}

/** A chain by one author: entry i one second after entry i - 1. */
export function chain(
  key: TestKey,
  drafts: readonly Draft[],
  log: LogName = 'ledger',
  federation?: Federation,
): Candidate[] {
  const author = authorOf(key, federation);
  let tip: ChainTip = emptyHead(key.peer, log);
  return drafts.map((draft, i) => {
    const entry = authorEntry(author, tip, draft, EPOCH_MS + 1000 * i);
    tip = { ...entry, size: entry.seq + 1 };
    return entry;
  });
}

export function receipts(key: TestKey, count: number, federation?: Federation): Candidate[] {
  return chain(
    key,
    Array.from({ length: count }, (_, i) => receipt(i)),
    'ledger',
    federation,
  );
}

/** Consecutive entries as they come off the wire. */
export function runOfEntries(entries: readonly Candidate[]): Run {
  const [first] = entries;
  if (first === undefined) throw new RangeError('a run has entries');
  const read = entries.map(({ bytes }) => ({ ...readEntry(new BinaryReader(bytes)), bytes }));
  return { origin: first.origin, log: first.log, from: first.seq, prev: first.prev, entries: read };
}

/** The verdict of the platform: enough for signatures that are either honest or broken. */
export function isValid({ domain, key, hash, signature }: SignatureJob): boolean {
  const spki = createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' });
  return verify(null, signedMessage(domain, hash), spki, signature);
}

/** The value with all bytes in hex, for deepEqual: views and buffers are bytes like any others. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
