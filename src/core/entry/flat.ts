/** The form of an entry for people and exports: one flat JSON object. */
import { fromHex, toHex } from '../bytes.ts';
import { TessraxError } from '../errors.ts';
import type { LogName } from '../ledger/feed.ts';
import { type PeerIdText, publicKeyOf } from '../peer-id.ts';
import { canonicalize, type JsonObject, type JsonValue, parseCanonical } from './canonical-json.ts';
import { type EntryParts, isTypeName } from './codec.ts';
import { HASH_BYTES, NONCE_BYTES, PROTOCOL_VERSION, SIGNATURE_BYTES } from './header.ts';

/** Header members and the two that the flat form adds; no body may use them. */
export const RESERVED_MEMBERS: ReadonlySet<string> = new Set([
  'v',
  'federation',
  'log',
  'type',
  'origin',
  'seq',
  'prev',
  'nonce',
  'timestamp',
  'body_hash',
  'body_size',
  'hash',
  'signature',
]);

/** An entry with its place and everything its header says. */
export interface FullEntry extends EntryParts {
  readonly federation: string;
  readonly log: LogName;
  readonly origin: PeerIdText;
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly bodyHash: Uint8Array;
  readonly hash: Uint8Array;
}

export function toFlat(entry: FullEntry): JsonObject {
  const body = parseCanonical(entry.body);
  if (typeof body === 'string') throw malformed('body', `the body is not the canonical JSON of an object: ${body}`);
  return {
    v: PROTOCOL_VERSION,
    federation: entry.federation,
    log: entry.log,
    type: entry.type,
    origin: entry.origin,
    seq: entry.seq,
    prev: toHex(entry.prev),
    nonce: toHex(entry.nonce),
    timestamp: entry.timestampMs,
    ...body,
    body_hash: toHex(entry.bodyHash),
    body_size: entry.body.length,
    hash: toHex(entry.hash),
    signature: toHex(entry.signature),
  };
}

/** What a flat object claims. Shapes are checked here; hashes and signatures by who examines the entry. Throws `entry_malformed`. */
export interface FlatClaim extends EntryParts {
  readonly federation: string;
  readonly log: LogName;
  readonly origin: PeerIdText;
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly bodyHash: Uint8Array;
  readonly bodySize: number;
  readonly hash: Uint8Array;
}

export function fromFlat(flat: JsonObject): FlatClaim {
  if (flat['v'] !== PROTOCOL_VERSION) throw malformed('v', `version ${JSON.stringify(flat['v'])} is not known`);
  const body: Record<string, JsonValue> = Object.create(null);
  for (const [name, value] of Object.entries(flat)) if (!RESERVED_MEMBERS.has(name)) body[name] = value;
  return {
    federation: toHex(hexMember(flat, 'federation', HASH_BYTES)),
    log: logMember(flat),
    type: typeMember(flat),
    origin: originMember(flat),
    seq: numberMember(flat, 'seq'),
    prev: hexMember(flat, 'prev', HASH_BYTES),
    nonce: hexMember(flat, 'nonce', NONCE_BYTES),
    timestampMs: numberMember(flat, 'timestamp'),
    body: new TextEncoder().encode(canonicalize(body)),
    bodyHash: hexMember(flat, 'body_hash', HASH_BYTES),
    bodySize: numberMember(flat, 'body_size'),
    hash: hexMember(flat, 'hash', HASH_BYTES),
    signature: hexMember(flat, 'signature', SIGNATURE_BYTES),
  };
}

function hexMember(flat: JsonObject, name: string, size: number): Uint8Array {
  const value = flat[name];
  const bytes = typeof value === 'string' ? fromHex(value, size) : undefined;
  if (bytes === undefined) throw malformed(name, `"${name}" must be ${size * 2} lower-case hex digits`);
  return bytes;
}

function numberMember(flat: JsonObject, name: string): number {
  const value = flat[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw malformed(name, `"${name}" must be a whole number from 0`);
  }
  return value;
}

function logMember(flat: JsonObject): LogName {
  const value = flat['log'];
  if (value !== 'ledger' && value !== 'journal') throw malformed('log', '"log" must be "ledger" or "journal"');
  return value;
}

function typeMember(flat: JsonObject): string {
  const value = flat['type'];
  if (typeof value !== 'string' || !isTypeName(value)) throw malformed('type', '"type" must be an upper-case name');
  return value;
}

function originMember(flat: JsonObject): PeerIdText {
  const value = flat['origin'];
  if (typeof value !== 'string' || publicKeyOf(value) === undefined) {
    throw malformed('origin', '"origin" must be the peer ID of an Ed25519 key');
  }
  return value;
}

function malformed(member: string, message: string): TessraxError {
  return new TessraxError('entry_malformed', message, { fields: { member } });
}
