/** A kind of bytes that a node takes from strangers: a good example, who judges it, and what somebody might forge. */

import { sha256 } from '#sha256';
import { BinaryReader, BinaryWriter } from '../../src/core/binary.ts';
import { concat, toHex } from '../../src/core/bytes.ts';
import { canonicalize, type JsonObject } from '../../src/core/entry/canonical-json.ts';
import { encodeEntry } from '../../src/core/entry/codec.ts';
import { receiptHash, ZERO_HASH } from '../../src/core/entry/header.ts';
import { TessraxError } from '../../src/core/errors.ts';
import type { SignatureDomain, SignatureJob } from '../../src/core/events.ts';
import type { LogName } from '../../src/core/ledger/feed.ts';
import { signedMessage } from '../../src/core/signature.ts';
import { readStatement, type Statement, writeStatement } from '../../src/core/sync/statement.ts';
import { EPOCH_MS, FEDERATION, isValid, type TestKey } from '../../test/unit/core/fixtures.ts';

/** What forgeries have in common; `docs/testing.md` counts them by kind. */
export type ForgeryClass =
  | 'wrong signer'
  | 'wrong federation'
  | 'wrong epoch'
  | 'wrong domain'
  | 'one key twice'
  | 'too few'
  | 'threshold 0'
  | 'old after new'
  | 'over-long'
  | 'does not fit';

export type Forgery = readonly [of: ForgeryClass, what: string, bytes: Uint8Array, code: string];

export interface Kind {
  readonly name: string;
  /** The rule of docs/protocol.md that it breaks to be otherwise. */
  readonly rule: string;
  /** Nothing of it can be changed without breaking a signature or a form. Otherwise some of its bits are claims, each as good as another. */
  readonly sealed: boolean;
  readonly good: Uint8Array;
  /** Reads and examines as a node does. Throws the refusal; gives the signatures that must hold. */
  judge(bytes: Uint8Array): readonly SignatureJob[];
  /** Reads, and writes what was read. */
  again?(bytes: Uint8Array): Uint8Array;
  readonly forgeries: readonly Forgery[];
}

/** The code of the refusal; undefined when the bytes are taken. */
export function refusalOf(kind: Kind, bytes: Uint8Array): string | undefined {
  try {
    return kind.judge(bytes).every(holds) ? undefined : 'signature_invalid';
  } catch (error) {
    if (error instanceof TessraxError) return error.code;
    throw error;
  }
}

/** Signatures that held once: those of the examples are asked for again with every mutant of theirs. */
const HELD = new Set<string>();

function holds(job: SignatureJob): boolean {
  const name = `${job.domain} ${toHex(concat(job.key, job.hash, job.signature))}`;
  if (HELD.has(name)) return true;
  const valid = isValid(job);
  if (valid) HELD.add(name);
  return valid;
}

/** Reads all of the bytes, or throws. */
export function whole<T>(bytes: Uint8Array, read: (reader: BinaryReader) => T): T {
  const reader = new BinaryReader(bytes);
  const value = read(reader);
  reader.end();
  return value;
}

export function written(write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter(1024);
  write(writer);
  return writer.finish();
}

/** How a forged entry differs from one that its origin makes. */
interface Forged {
  readonly signer?: TestKey;
  readonly federation?: string;
  readonly domain?: SignatureDomain;
  readonly log?: LogName;
}

/** The first entry of a feed, of any content and signed by anybody: what `authorEntry` would never make. */
export function forgedStatement(key: TestKey, type: string, body: JsonObject, forged: Forged = {}): Statement {
  const { signer = key, federation = FEDERATION.id, domain = 'entry', log = 'ledger' } = forged;
  const bytes = new TextEncoder().encode(canonicalize(body));
  const nonce = new Uint8Array(16).fill(1);
  const place = { federation, log, type, origin: key.peer, seq: 0, prev: ZERO_HASH };
  const header = { nonce, timestampMs: EPOCH_MS, bodyHash: sha256(bytes), bodySize: bytes.length };
  const signature = signer.sign(signedMessage(domain, receiptHash({ ...place, ...header })));
  const parts = { type, timestampMs: EPOCH_MS, nonce, signature, body: bytes };
  return { origin: key.peer, seq: 0, prev: ZERO_HASH, entry: { ...parts, bytes: encodeEntry(parts) } };
}

export function statementBytes(statement: Statement): Uint8Array {
  return written((writer) => writeStatement(writer, statement));
}

export function statementAgain(bytes: Uint8Array): Uint8Array {
  return statementBytes(whole(bytes, readStatement));
}
