/** Vectors to refuse: what is wrong, the bytes or the JSON, and the code of the refusal. */
import { BinaryWriter } from '../../src/core/binary.ts';
import { concat, toHex } from '../../src/core/bytes.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { BODY_BYTES_MAX, TIMESTAMP_MS_MAX } from '../../src/core/limits.ts';
import { readHeartbeat, signHeartbeat } from '../../src/core/sync/heartbeat.ts';
import { encodeMessage } from '../../src/core/sync/messages.ts';
import { ALICE } from '../../test/unit/core/fixtures.ts';
import { HEARTBEATS } from './messages.ts';
import { bodyRefusals, fileRefusals } from './refused-json.ts';

type ByteRefusal = readonly [what: string, bytes: Uint8Array, code: string];

const NONCE_AND_SIGNATURE = new Uint8Array(16 + 64);
const END = encodeMessage({ kind: 'end', status: 'done' });

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function varint(value: number): Uint8Array {
  return new BinaryWriter(8).varint(value).finish();
}

/** An entry with any type field and numbers. */
function entry(
  type: Uint8Array,
  timestamp: Uint8Array = varint(1),
  body: Uint8Array = concat(varint(2), text('{}')),
): Uint8Array {
  return concat(type, timestamp, NONCE_AND_SIGNATURE, body);
}

function named(name: string): Uint8Array {
  return concat(Uint8Array.of(0, name.length), text(name));
}

const GOOD_ENTRY = entry(Uint8Array.of(1));
const CODE_ONE = Uint8Array.of(1);

const ENTRIES: readonly ByteRefusal[] = [
  ['nothing', new Uint8Array(), 'wire_truncated'],
  ['a type code that is not given out', entry(Uint8Array.of(15)), 'wire_type'],
  ['type code 255', entry(Uint8Array.of(255)), 'wire_type'],
  ['a name of no letters', entry(named('')), 'wire_type'],
  ['a lower-case name', entry(named('receipt')), 'wire_type'],
  ['a name that begins with a digit', entry(named('1A')), 'wire_type'],
  ['a name with a space', entry(named('A B')), 'wire_type'],
  ['a name with a line feed behind it', entry(named('NOTE\n')), 'wire_type'],
  ['a known type written out', entry(named('RECEIPT')), 'wire_type'],
  ['a byte order mark before a name', entry(concat(Uint8Array.of(0, 7, 0xef, 0xbb, 0xbf), text('NOTE'))), 'wire_type'],
  ['a name that is not UTF-8', entry(Uint8Array.of(0, 2, 0x41, 0xff)), 'wire_type'],
  ['a name of 33 letters', entry(named('A'.repeat(33))), 'wire_count'],
  ['the length of a name in two bytes', entry(concat(Uint8Array.of(0, 0x84, 0x00), text('NOTE'))), 'wire_number'],
  ['a timestamp after the year 9999', entry(CODE_ONE, varint(TIMESTAMP_MS_MAX + 1)), 'wire_count'],
  ['a timestamp with a byte too many', entry(CODE_ONE, Uint8Array.of(0x81, 0x00)), 'wire_number'],
  [
    'a timestamp above 2^53 - 1',
    entry(CODE_ONE, Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10)),
    'wire_number',
  ],
  ['a timestamp of nine bytes', entry(CODE_ONE, new Uint8Array(9).fill(0x81)), 'wire_number'],
  ['a body one byte too long', entry(CODE_ONE, varint(1), varint(BODY_BYTES_MAX + 1)), 'wire_count'],
  ['a body cut off', entry(CODE_ONE, varint(1), concat(varint(3), text('{}'))), 'wire_truncated'],
  [
    'the length of a body in two bytes',
    entry(CODE_ONE, varint(1), concat(Uint8Array.of(0x82, 0x00), text('{}'))),
    'wire_number',
  ],
];

const key = ALICE.publicKey;
const federation = new Uint8Array(32);
const hash = new Uint8Array(32);
const STATEMENT_HEAD = concat(key, varint(0), hash);
const STATEMENT = concat(STATEMENT_HEAD, entry(Uint8Array.of(16)));

function runs(...list: readonly Uint8Array[]): Uint8Array {
  return concat(varint(list.length), ...list);
}

function run(from: number, entries: number, ...bytes: readonly Uint8Array[]): Uint8Array {
  return concat(key, varint(from), hash, varint(entries), ...bytes);
}

const LATER_HEARTBEAT = HEARTBEATS[1]?.[1];
const DELTA = Uint8Array.of(4);
const TWO_53 = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10);

const REQUEST = concat(Uint8Array.of(2), federation, Uint8Array.of(0, 1), key, Uint8Array.of(0, 1));
const CERTIFYING = concat(DELTA, STATEMENT, runs(run(0, 1, GOOD_ENTRY)), varint(1), key, varint(1), hash);

const MESSAGE_REFUSALS: readonly ByteRefusal[] = [
  ['nothing', new Uint8Array(), 'wire_truncated'],
  ['message kind 0', Uint8Array.of(0), 'wire_code'],
  ['message kind 13', Uint8Array.of(13), 'wire_code'],
  ['a byte behind the end', concat(END, Uint8Array.of(0)), 'wire_trailing'],
  ['two messages', concat(END, END), 'wire_trailing'],
  ['an end without status', Uint8Array.of(6), 'wire_truncated'],
  ['an end with status 3', Uint8Array.of(6, 3), 'wire_code'],
  ['a flag of 2', Uint8Array.of(3, 2, 0), 'wire_code'],
  ['log 2', concat(Uint8Array.of(2), federation, Uint8Array.of(2, 0)), 'wire_code'],
  [
    'a range of nothing',
    concat(Uint8Array.of(2), federation, Uint8Array.of(0, 1), key, Uint8Array.of(5, 5)),
    'wire_range',
  ],
  [
    'a backward range',
    concat(Uint8Array.of(2), federation, Uint8Array.of(0, 1), key, Uint8Array.of(6, 5)),
    'wire_range',
  ],
  ['257 ranges', concat(Uint8Array.of(2), federation, Uint8Array.of(0), varint(257)), 'wire_count'],
  ['a count of ranges in two bytes', concat(Uint8Array.of(2), federation, Uint8Array.of(0, 0x80, 0x00)), 'wire_number'],
  ['a request without ranges', concat(Uint8Array.of(2), federation, Uint8Array.of(0, 0)), 'wire_range'],
  ['8001 checkpoints', concat(Uint8Array.of(3, 0), varint(8001)), 'wire_count'],
  ['a checkpoint above 2^53 - 1', concat(Uint8Array.of(3, 0, 1), key, TWO_53, hash), 'wire_number'],
  ['257 runs', concat(DELTA, STATEMENT, varint(257)), 'wire_count'],
  ['a delta without runs', concat(DELTA, STATEMENT, runs()), 'wire_range'],
  ['a run without entries', concat(DELTA, STATEMENT, runs(run(0, 0))), 'wire_range'],
  ['1025 entries in one run', concat(DELTA, STATEMENT, runs(run(0, 1025))), 'wire_count'],
  ['1025 entries in two runs', concat(DELTA, STATEMENT, runs(run(0, 1, GOOD_ENTRY), run(1, 1024))), 'wire_count'],
  [
    'a run that ends beyond 2^53 - 1',
    concat(DELTA, STATEMENT, runs(run(Number.MAX_SAFE_INTEGER, 1, GOOD_ENTRY))),
    'wire_range',
  ],
  ['entries without runs', concat(Uint8Array.of(7), runs()), 'wire_range'],
  ['an unknown type inside a run', concat(DELTA, STATEMENT, runs(run(0, 1, entry(Uint8Array.of(9))))), 'wire_type'],
  [
    'a statement of an unknown type code',
    concat(Uint8Array.of(5), STATEMENT_HEAD, entry(Uint8Array.of(18))),
    'wire_type',
  ],
  ['a request without seals', REQUEST, 'wire_truncated'],
  ['17 seals', concat(REQUEST, varint(17)), 'wire_count'],
  ['a seal of an unknown kind', concat(REQUEST, varint(1), Uint8Array.of(2)), 'wire_code'],
  ['a delta without certificates', concat(DELTA, STATEMENT, runs(run(0, 1, GOOD_ENTRY))), 'wire_truncated'],
  ['257 certificates', concat(DELTA, STATEMENT, runs(run(0, 1, GOOD_ENTRY)), varint(257)), 'wire_count'],
  ['a certificate of 1001 votes', concat(CERTIFYING, varint(1001)), 'wire_count'],
  ['a certificate with a path of 55 hashes', concat(CERTIFYING, varint(0), varint(55)), 'wire_count'],
  ['17 headers asked for', concat(Uint8Array.of(8), federation, key, varint(17)), 'wire_count'],
  ['17 headers', concat(Uint8Array.of(9), varint(17)), 'wire_count'],
  ['a header of an unknown type code', concat(Uint8Array.of(9, 1, 0), hash, Uint8Array.of(15)), 'wire_type'],
  [
    'a header of a body that is too long',
    concat(Uint8Array.of(9, 1, 0), hash, Uint8Array.of(1, 1), new Uint8Array(16), hash, varint(BODY_BYTES_MAX + 1)),
    'wire_count',
  ],
  ['a confirmation with another behind it', concat(Uint8Array.of(5), STATEMENT, STATEMENT), 'wire_trailing'],
];

/** The flag of a heartbeat that is a vote. */
const OPEN = Uint8Array.of(0);

function heartbeatRefusals(): readonly ByteRefusal[] {
  if (LATER_HEARTBEAT === undefined) throw new Error('there are no heartbeats');
  const good = signHeartbeat(LATER_HEARTBEAT, ALICE.sign);
  const none = signHeartbeat({ ...LATER_HEARTBEAT, checkpoints: [] }, ALICE.sign);
  const { core } = readHeartbeat(good);
  const head = core.subarray(1, 1 + 32 + 32);
  const held = concat(varint(1), varint(1), hash, varint(0), hash);
  const list = good.subarray(core.length, -64);
  const signature = good.subarray(-64);
  const otherSize = Uint8Array.from(list);
  otherSize[1 + 32] = (otherSize[1 + 32] ?? 0) + 1;
  const otherCount = Uint8Array.from(core);
  otherCount[core.length - 1 - 32] = 2;
  return [
    ['nothing', new Uint8Array(), 'wire_truncated'],
    ['version 0', concat(Uint8Array.of(0), good.subarray(1)), 'unknown_version'],
    ['version 2', concat(Uint8Array.of(2), good.subarray(1)), 'unknown_version'],
    ['a byte behind the signature', concat(good, Uint8Array.of(0)), 'wire_trailing'],
    ['neither voting nor at the end of it', concat(CODE_ONE, head, varint(0), Uint8Array.of(2)), 'wire_code'],
    ['a counter in two bytes', concat(CODE_ONE, head, varint(0), OPEN, Uint8Array.of(0x80, 0x00)), 'wire_number'],
    [
      'a timestamp after the year 9999',
      concat(CODE_ONE, head, varint(0), OPEN, varint(0), varint(TIMESTAMP_MS_MAX + 1)),
      'wire_count',
    ],
    [
      '201 checkpoints signed',
      concat(CODE_ONE, head, varint(0), OPEN, varint(0), varint(1), held, varint(201)),
      'wire_count',
    ],
    ['201 checkpoints listed', concat(core, varint(201)), 'wire_count'],
    ['a checkpoint fewer than was signed', concat(core, varint(0), signature), 'heartbeat_invalid'],
    ['a checkpoint more than was signed', concat(none.subarray(0, -64 - 1), list, signature), 'heartbeat_invalid'],
    [
      'another number of checkpoints than was signed, with their root',
      concat(otherCount, list, signature),
      'heartbeat_invalid',
    ],
    ['another checkpoint than was signed', concat(core, otherSize, signature), 'heartbeat_invalid'],
  ];
}

function byteRefusals(list: readonly ByteRefusal[]): JsonObject[] {
  return list.map(([what, bytes, code]) => ({ what, bytes: toHex(bytes), code }));
}

export function refusalVectors(): JsonObject {
  return {
    about:
      'What must be refused, and with which code: binary entries (R-20), messages (R-35 to R-39), heartbeats (R-40), bodies (R-14 to R-18), federation files (R-04).',
    entries: byteRefusals(ENTRIES),
    messages: byteRefusals(MESSAGE_REFUSALS),
    heartbeats: byteRefusals(heartbeatRefusals()),
    bodies: bodyRefusals(),
    federation_files: fileRefusals(),
  };
}
