/** The header of an entry: what is signed, and what the receipt hash names. */
import { sha256 } from '#sha256';
import type { LogName } from '../ledger/feed.ts';
import type { PeerIdText } from '../peer-id.ts';

export const PROTOCOL_VERSION = 1;
export const HASH_BYTES = 32;
export const NONCE_BYTES = 16;
export const SIGNATURE_BYTES = 64;
export const ZERO_HASH = new Uint8Array(HASH_BYTES);
export const ZERO_NONCE = new Uint8Array(NONCE_BYTES);

export interface Header {
  /** Federation ID, 64 hex digits. */
  readonly federation: string;
  readonly log: LogName;
  readonly type: string;
  readonly origin: PeerIdText;
  readonly seq: number;
  /** Receipt hash of the entry before, 32 zero bytes for the first. */
  readonly prev: Uint8Array;
  readonly nonce: Uint8Array;
  readonly timestampMs: number;
  readonly bodyHash: Uint8Array;
  readonly bodySize: number;
}

/**
 * Canonical JSON (RFC 8785) of a header. Its members are known, sorted, and hold no character that JSON escapes, so the text is put
 * together directly; a test holds it against the general canonicaliser.
 */
export function headerJson(header: Header): string {
  return new TextDecoder().decode(headerBytes(header));
}

/** SHA-256 of the header's canonical JSON. */
export function receiptHash(header: Header): Uint8Array {
  return sha256(headerBytes(header));
}

/** The texts between what differs from entry to entry: for all entries of one type in one feed they are the same. */
interface Frame extends Pick<Header, 'federation' | 'log' | 'origin' | 'type'> {
  readonly beforeNonce: Uint8Array;
  readonly beforePrev: Uint8Array;
  readonly end: Uint8Array;
}

const encoder = new TextEncoder();
const BEFORE_BODY_HASH = encoder.encode('{"body_hash":"');
const BEFORE_BODY_SIZE = encoder.encode('","body_size":');
const BEFORE_SEQ = encoder.encode('","seq":');
const BEFORE_TIMESTAMP = encoder.encode(',"timestamp":');
const FIXED_BYTES = BEFORE_BODY_HASH.length + BEFORE_BODY_SIZE.length + BEFORE_SEQ.length + BEFORE_TIMESTAMP.length;
/** A number has 24 digits, signs and letters at most, whatever it is. */
const NUMBERS_BYTES = 3 * 24;
/** ASCII of the sixteen hex digits. */
const DIGITS = encoder.encode('0123456789abcdef');

// Writing bytes is half the work of joining a text of them. One header is written at a time, so that one buffer serves every call.
let text = new Uint8Array(512);
let frame = frameOf({ federation: '', log: 'ledger', origin: '', type: '' });

/** A view of what the next call overwrites. */
function headerBytes(header: Header): Uint8Array {
  const { bodyHash, nonce, prev } = header;
  if (!isFrameOf(header)) frame = frameOf(header);
  const { beforeNonce, beforePrev, end } = frame;
  const room = FIXED_BYTES + beforeNonce.length + beforePrev.length + end.length + NUMBERS_BYTES;
  const size = room + 2 * (bodyHash.length + nonce.length + prev.length);
  if (text.length < size) text = new Uint8Array(size);
  let at = putBytes(BEFORE_BODY_HASH, 0);
  at = putHex(bodyHash, at);
  at = putBytes(BEFORE_BODY_SIZE, at);
  at = putNumber(header.bodySize, at);
  at = putBytes(beforeNonce, at);
  at = putHex(nonce, at);
  at = putBytes(beforePrev, at);
  at = putHex(prev, at);
  at = putBytes(BEFORE_SEQ, at);
  at = putNumber(header.seq, at);
  at = putBytes(BEFORE_TIMESTAMP, at);
  at = putNumber(header.timestampMs, at);
  return text.subarray(0, putBytes(end, at));
}

function isFrameOf({ federation, log, origin, type }: Header): boolean {
  return frame.origin === origin && frame.type === type && frame.log === log && frame.federation === federation;
}

function frameOf({ federation, log, origin, type }: Pick<Header, 'federation' | 'log' | 'origin' | 'type'>): Frame {
  return {
    federation,
    log,
    origin,
    type,
    beforeNonce: encoder.encode(`,"federation":"${federation}","log":"${log}","nonce":"`),
    beforePrev: encoder.encode(`","origin":"${origin}","prev":"`),
    end: encoder.encode(`,"type":"${type}","v":${PROTOCOL_VERSION}}`),
  };
}

/** Each gives the place behind what it wrote. */
function putBytes(bytes: Uint8Array, at: number): number {
  text.set(bytes, at);
  return at + bytes.length;
}

function putHex(bytes: Uint8Array, at: number): number {
  const target = text;
  let next = at;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    target[next++] = DIGITS[byte >> 4] ?? 0;
    target[next++] = DIGITS[byte & 0xf] ?? 0;
  }
  return next;
}

function putNumber(value: number, at: number): number {
  const digits = String(value);
  for (let i = 0; i < digits.length; i++) text[at + i] = digits.charCodeAt(i);
  return at + digits.length;
}
