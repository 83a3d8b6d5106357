/** Unpacks a block that LevelDB packed with Snappy (google/snappy, format_description.txt). Its input may be damaged: it never reads or writes outside. */

/** The content, or undefined when the bytes are not a Snappy block of at most `bytesMax`. */
export function unpackSnappy(packed: Uint8Array, bytesMax: number): Uint8Array | undefined {
  const length = readVarint32(packed, 0);
  if (length === undefined || length.value > bytesMax) return undefined;
  const out = new Uint8Array(length.value);
  let from = length.next;
  let to = 0;
  while (from < packed.length) {
    const element = readElement(packed, from);
    if (element === undefined || to + element.length > out.length) return undefined;
    if (element.offset === 0) {
      const end = element.next + element.length;
      if (end > packed.length) return undefined;
      out.set(packed.subarray(element.next, end), to);
      from = end;
    } else {
      if (element.offset > to) return undefined;
      // Byte by byte: a copy may overlap what it writes, which is how runs are packed.
      for (let i = to; i < to + element.length; i++) out[i] = out[i - element.offset] ?? 0;
      from = element.next;
    }
    to += element.length;
  }
  return to === out.length ? out : undefined;
}

/** Unsigned LEB128 of at most 32 bits in its shortest form, and where it ends. */
export function readVarint32(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte === 0 && i > 0) return undefined;
    if (byte < 0x80) return value > 0xffffffff ? undefined : { value, next: at + i + 1 };
  }
  return undefined;
}

/** A literal (offset 0) or a copy from `offset` bytes back; `next` is where its data, or the next element, begins. */
interface Element {
  readonly length: number;
  readonly offset: number;
  readonly next: number;
}

function readElement(bytes: Uint8Array, at: number): Element | undefined {
  const tag = bytes[at] ?? 0;
  const high = tag >> 2;
  switch (tag & 3) {
    case 0: {
      if (high < 60) return { length: high + 1, offset: 0, next: at + 1 };
      const size = high - 59;
      const length = readLittleEndian(bytes, at + 1, size);
      return length === undefined ? undefined : { length: length + 1, offset: 0, next: at + 1 + size };
    }
    case 1: {
      const low = readLittleEndian(bytes, at + 1, 1);
      return low === undefined ? undefined : copy((high & 7) + 4, (tag >> 5) * 256 + low, at + 2);
    }
    case 2: {
      const offset = readLittleEndian(bytes, at + 1, 2);
      return offset === undefined ? undefined : copy(high + 1, offset, at + 3);
    }
    default: {
      const offset = readLittleEndian(bytes, at + 1, 4);
      return offset === undefined ? undefined : copy(high + 1, offset, at + 5);
    }
  }
}

function copy(length: number, offset: number, next: number): Element | undefined {
  return offset === 0 ? undefined : { length, offset, next };
}

function readLittleEndian(bytes: Uint8Array, at: number, size: number): number | undefined {
  if (at + size > bytes.length) return undefined;
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
