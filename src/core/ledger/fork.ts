/**
 * Equivocation: one origin signed two entries for one place, after the same predecessor. The two signed headers are the proof; it
 * needs no witness and no trust, and nobody but the origin can make it.
 */
import { BinaryReader, BinaryWriter } from '../binary.ts';
import { compareBytes, fromHex, toHex } from '../bytes.ts';
import { type BareHeader, readBareHeader, writeBareHeader } from '../entry/bare-header.ts';
import type { JsonObject } from '../entry/canonical-json.ts';
import { HASH_BYTES, receiptHash } from '../entry/header.ts';
import { TessraxError } from '../errors.ts';
import type { SignatureJob } from '../events.ts';
import { FORK_PROOF_BYTES_MAX } from '../limits.ts';
import { type PeerIdText, peerIdOf, publicKeyOf } from '../peer-id.ts';

export interface ForkProof {
  readonly origin: PeerIdText;
  /** The first place at which the branches differ. */
  readonly seq: number;
  readonly prev: Uint8Array;
  /** The two headers, the one with the lower receipt hash first: one fork has one proof. */
  readonly headers: readonly [BareHeader, BareHeader];
}

export const EQUIVOCATION = 'equivocation';

/** Puts two headers of one place together as a proof; undefined when they are one and the same. */
export function forkProof(
  place: Pick<ForkProof, 'origin' | 'seq' | 'prev'>,
  one: BareHeader,
  other: BareHeader,
  federation: string,
): ForkProof | undefined {
  const order = compareBytes(headerHash(place, one, federation), headerHash(place, other, federation));
  if (order === 0) return undefined;
  const { origin, seq, prev } = place;
  return { origin, seq, prev, headers: order < 0 ? [one, other] : [other, one] };
}

export function headerHash(
  place: Pick<ForkProof, 'origin' | 'seq' | 'prev'>,
  header: BareHeader,
  federation: string,
): Uint8Array {
  return receiptHash({ federation, log: 'ledger', ...place, ...header });
}

/** Checks all of a proof but the signatures, and names those. Throws `fork_proof_invalid`. */
export function examineFork(proof: ForkProof, federation: string): SignatureJob[] {
  const key = publicKeyOf(proof.origin);
  const [first, second] = proof.headers;
  const hashes = [headerHash(proof, first, federation), headerHash(proof, second, federation)] as const;
  if (key === undefined || compareBytes(hashes[0], hashes[1]) >= 0) {
    throw new TessraxError('fork_proof_invalid', 'the two headers are the same, or not in order');
  }
  return [first, second].map(({ signature }, i) => ({
    domain: 'entry',
    key,
    hash: hashes[i === 0 ? 0 : 1],
    signature,
  }));
}

export function encodeFork({ origin, seq, prev, headers }: ForkProof): Uint8Array {
  const key = publicKeyOf(origin);
  if (key === undefined) throw new TessraxError('origin_invalid', 'the origin is not an Ed25519 peer ID');
  const writer = new BinaryWriter(512);
  writer.bytes(key).varint(seq).bytes(prev);
  for (const header of headers) writeBareHeader(writer, header);
  return writer.finish();
}

export function readFork(reader: BinaryReader): ForkProof {
  const origin = peerIdOf(reader.bytes(HASH_BYTES));
  return {
    origin,
    seq: reader.varint(),
    prev: reader.bytes(HASH_BYTES),
    headers: [readBareHeader(reader), readBareHeader(reader)],
  };
}

/** The payload of the SCAR that records an equivocation. */
export function forkPayload(proof: ForkProof, federation: string): JsonObject {
  const hashes = proof.headers.map((header) => toHex(headerHash(proof, header, federation)));
  return { kind: EQUIVOCATION, origin: proof.origin, seq: proof.seq, hashes, proof: toHex(encodeFork(proof)) };
}

/**
 * The proof in the payload of a SCAR; undefined when the payload claims none. A payload that claims one and holds none is refused
 * (`fork_proof_invalid`): nobody may be accused without proof.
 */
export function forkOfPayload(payload: JsonObject, federation: string): ForkProof | undefined {
  if (payload['kind'] !== EQUIVOCATION || !('proof' in payload)) return undefined;
  const { proof: text, origin, seq, hashes } = payload;
  const bytes =
    typeof text === 'string' && text.length <= FORK_PROOF_BYTES_MAX * 2 ? fromHex(text, text.length / 2) : undefined;
  if (bytes === undefined) throw new TessraxError('fork_proof_invalid', 'the proof is not hex');
  const reader = new BinaryReader(bytes);
  const proof = readFork(reader);
  reader.end();
  const named = proof.headers.map((header) => toHex(headerHash(proof, header, federation)));
  if (
    proof.origin !== origin ||
    proof.seq !== seq ||
    !Array.isArray(hashes) ||
    hashes.length !== 2 ||
    named.some((hash, i) => hashes[i] !== hash)
  ) {
    throw new TessraxError('fork_proof_invalid', 'the proof is not about what the scar says');
  }
  return proof;
}
