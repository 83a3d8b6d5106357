/** Unpacks a Snappy block (google/snappy, format_description.txt): LevelDB packs its tables' blocks with it. */

const LITERAL = 0;
const COPY_SHORT = 1;
const COPY_MEDIUM = 2;
/** Literals up to this length have it in the tag; longer ones in 1 to 4 bytes after it. */
const LITERAL_TAG_LENGTH_MAX = 60;

/** The content; undefined when the block is not well-formed or would be longer than `lengthMax`. */
export function unpackSnappy(packed: Uint8Array, lengthMax: number): Uint8Array | undefined {
  const header = readLength(packed);
  if (header === undefined || header.length > lengthMax) return undefined;
  const out = new Uint8Array(header.length);
  let at = header.end;
  let filled = 0;
  while (at < packed.length) {
    const element = readElement(packed, at);
    const { from, length, distance } = element;
    if (filled + length > out.length) return undefined;
    if (distance === undefined) {
      if (from + length > packed.length) return undefined;
      out.set(packed.subarray(from, from + length), filled);
    } else {
      if (distance === 0 || distance > filled) return undefined;
      // byte by byte: a copy may reach into what it writes itself
      for (let i = 0; i < length; i++) out[filled + i] = out[filled + i - distance] ?? 0;
    }
    filled += length;
    at = element.next;
  }
  return filled === out.length && at === packed.length ? out : undefined;
}

interface Element {
  /** Where the bytes of a literal start. */
  readonly from: number;
  readonly length: number;
  /** How far back a copy reaches; undefined for a literal. */
  readonly distance?: number;
  readonly next: number;
}

function readElement(packed: Uint8Array, at: number): Element {
  const tag = packed[at] ?? 0;
  const kind = tag & 3;
  const upper = tag >>> 2;
  if (kind === LITERAL) {
    const extra = Math.max(0, upper + 1 - LITERAL_TAG_LENGTH_MAX);
    const from = at + 1 + extra;
    const length = (extra === 0 ? upper : littleEndian(packed, at + 1, extra)) + 1;
    return { from, length, next: from + length };
  }
  if (kind === COPY_SHORT) {
    const distance = ((tag >>> 5) << 8) | (packed[at + 1] ?? 0);
    return { from: 0, length: (upper & 7) + 4, distance, next: at + 2 };
  }
  const bytes = kind === COPY_MEDIUM ? 2 : 4;
  return { from: 0, length: upper + 1, distance: littleEndian(packed, at + 1, bytes), next: at + 1 + bytes };
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** The varint that a block begins with: its length unpacked. */
function readLength(packed: Uint8Array): { length: number; end: number } | undefined {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = packed[at];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** at;
    if (byte < 0x80) return { length, end: at + 1 };
  }
  return undefined;
}
