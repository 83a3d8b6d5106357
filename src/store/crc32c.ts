/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), which LevelDB's files are made with. Eight bytes a step, from eight tables. */

const POLYNOMIAL = 0x82f63b78; // reflected
const TABLE_ENTRIES = 256;
const TABLES = makeTables(8);

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (; at + 8 <= bytes.length; at += 8) {
    const low = crc ^ view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    crc =
      look(7, low & 0xff) ^
      look(6, (low >>> 8) & 0xff) ^
      look(5, (low >>> 16) & 0xff) ^
      look(4, low >>> 24) ^
      look(3, high & 0xff) ^
      look(2, (high >>> 8) & 0xff) ^
      look(1, (high >>> 16) & 0xff) ^
      look(0, high >>> 24);
  }
  for (; at < bytes.length; at++) crc = look(0, (crc ^ (bytes[at] ?? 0)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function look(table: number, byte: number): number {
  return TABLES[table * TABLE_ENTRIES + byte] ?? 0;
}

function makeTables(count: number): Int32Array {
  const tables = new Int32Array(count * TABLE_ENTRIES);
  for (let byte = 0; byte < TABLE_ENTRIES; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = TABLE_ENTRIES; at < tables.length; at++) {
    const before = tables[at - TABLE_ENTRIES] ?? 0;
    tables[at] = (tables[before & 0xff] ?? 0) ^ (before >>> 8);
  }
  return tables;
}
