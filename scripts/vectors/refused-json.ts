/** What must be refused although its bytes can be read: bodies and federation files. */
import type { JsonObject, JsonValue } from '../../src/core/entry/canonical-json.ts';
import { ALICE, BOB, FEDERATION_FILE } from '../../test/unit/core/fixtures.ts';
import { SCAR } from './entries.ts';

type BodyRefusal = readonly [
  what: string,
  type: string,
  log: 'ledger' | 'journal',
  body: JsonValue | string,
  code: string,
];

const EVENT_BODY: JsonObject = {
  target: BOB.peer,
  delta_merkle_root: '00'.repeat(32),
  entries: 2,
  ranges: [[ALICE.peer, 0, 2]],
};
const CONFIRMED_BODY: JsonObject = {
  source: ALICE.peer,
  event: '00'.repeat(32),
  entries: 2,
  ranges: [[ALICE.peer, 0, 2]],
  ledger_height: 2,
  ledger_root: '00'.repeat(32),
};
const RESERVED = [
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
];
const REVIEWER = { peer: BOB.peer, signature: '00'.repeat(64) };

function scar(change: JsonObject): JsonObject {
  return { ...SCAR.body, ...change };
}

function event(change: JsonObject): JsonObject {
  return { ...EVENT_BODY, ...change };
}

function without(body: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([member]) => member !== name));
}

/** A text stands for itself; an object for its canonical JSON. */
const BODIES: readonly BodyRefusal[] = [
  ['no text', 'NOTE', 'ledger', '', 'body_not_canonical'],
  ['no object', 'NOTE', 'ledger', '[]', 'body_not_canonical'],
  ['white space', 'NOTE', 'ledger', '{ }', 'body_not_canonical'],
  ['members out of order', 'NOTE', 'ledger', '{"b":1,"a":1}', 'body_not_canonical'],
  ['a member twice', 'NOTE', 'ledger', '{"a":1,"a":1}', 'body_not_canonical'],
  ['a number not in its shortest form', 'NOTE', 'ledger', '{"a":1.0}', 'body_not_canonical'],
  ['a number that a double does not hold', 'NOTE', 'ledger', '{"a":9007199254740993}', 'body_not_canonical'],
  ['an escape that is not needed', 'NOTE', 'ledger', '{"\\u0061":1}', 'body_not_canonical'],
  ['half a surrogate pair', 'NOTE', 'ledger', '{"a":"\\ud800"}', 'body_not_canonical'],
  ['33 levels', 'NOTE', 'ledger', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`, 'body_not_canonical'],
  ...RESERVED.map(
    (name): BodyRefusal => [`the reserved member ${name}`, 'NOTE', 'ledger', { [name]: 1 }, 'schema_violation'],
  ),
  ['a receipt without payload', 'RECEIPT', 'ledger', {}, 'schema_violation'],
  ['a receipt whose payload is a list', 'RECEIPT', 'ledger', { payload: [] }, 'schema_violation'],
  ['a receipt with a member more', 'RECEIPT', 'ledger', { payload: {}, note: 1 }, 'schema_violation'],
  ['a receipt in a journal', 'RECEIPT', 'journal', { payload: {} }, 'schema_violation'],
  ['a sync event in a ledger', 'SYNC_EVENT', 'ledger', EVENT_BODY, 'schema_violation'],
  ['a confirmation in a ledger', 'SYNC_CONFIRMED', 'ledger', CONFIRMED_BODY, 'schema_violation'],
  ...Object.keys(SCAR.body).map(
    (name): BodyRefusal => [`a scar without ${name}`, 'SCAR', 'ledger', without(SCAR.body, name), 'schema_violation'],
  ),
  ['a scar with an unknown resolution', 'SCAR', 'ledger', scar({ resolution: 'forget' }), 'schema_violation'],
  ['a scar of an unknown author', 'SCAR', 'ledger', scar({ author: 'nobody' }), 'schema_violation'],
  ['a scar without a name', 'SCAR', 'ledger', scar({ id: '' }), 'schema_violation'],
  ['a scar with a name of 257 characters', 'SCAR', 'ledger', scar({ id: 'x'.repeat(257) }), 'schema_violation'],
  [
    'a scar with a summary of 4097 characters',
    'SCAR',
    'ledger',
    scar({ summary: 'x'.repeat(4097) }),
    'schema_violation',
  ],
  ['a scar with a short hash', 'SCAR', 'ledger', scar({ verdict_hash: '00' }), 'schema_violation'],
  ['a scar with an upper-case hash', 'SCAR', 'ledger', scar({ verdict_hash: 'AB'.repeat(32) }), 'schema_violation'],
  [
    'a scar reviewed twice by one peer',
    'SCAR',
    'ledger',
    scar({ reviewers: [REVIEWER, REVIEWER] }),
    'schema_violation',
  ],
  [
    'a reviewer with a member more',
    'SCAR',
    'ledger',
    scar({ reviewers: [{ ...REVIEWER, role: 'x' }] }),
    'schema_violation',
  ],
  [
    'a reviewer who is no peer',
    'SCAR',
    'ledger',
    scar({ reviewers: [{ ...REVIEWER, peer: 'bob' }] }),
    'schema_violation',
  ],
  [
    'a review with half a signature',
    'SCAR',
    'ledger',
    scar({ reviewers: [{ ...REVIEWER, signature: '00'.repeat(32) }] }),
    'schema_violation',
  ],
  ['a scar with a payload that is no object', 'SCAR', 'ledger', scar({ payload: 'x' }), 'schema_violation'],
  ...Object.keys(EVENT_BODY).map(
    (name): BodyRefusal => [
      `a sync event without ${name}`,
      'SYNC_EVENT',
      'journal',
      without(EVENT_BODY, name),
      'schema_violation',
    ],
  ),
  ['a sync event to nobody', 'SYNC_EVENT', 'journal', event({ target: '' }), 'schema_violation'],
  ['a sync event of nothing', 'SYNC_EVENT', 'journal', event({ entries: 0, ranges: [] }), 'schema_violation'],
  [
    'a sync event of 1025 entries',
    'SYNC_EVENT',
    'journal',
    event({ entries: 1025, ranges: [[ALICE.peer, 0, 1025]] }),
    'schema_violation',
  ],
  [
    'a sync event whose ranges are more than its entries',
    'SYNC_EVENT',
    'journal',
    event({ ranges: [[ALICE.peer, 0, 3]] }),
    'schema_violation',
  ],
  [
    'a sync event whose ranges are fewer than its entries',
    'SYNC_EVENT',
    'journal',
    event({ ranges: [[ALICE.peer, 1, 2]] }),
    'schema_violation',
  ],
  ['a backward range', 'SYNC_EVENT', 'journal', event({ ranges: [[ALICE.peer, 2, 0]] }), 'schema_violation'],
  ['a range of four members', 'SYNC_EVENT', 'journal', event({ ranges: [[ALICE.peer, 0, 2, 0]] }), 'schema_violation'],
  ['a range of fractions', 'SYNC_EVENT', 'journal', event({ ranges: [[ALICE.peer, 0.5, 2.5]] }), 'schema_violation'],
  ['a range of no peer', 'SYNC_EVENT', 'journal', event({ ranges: [['alice', 0, 2]] }), 'schema_violation'],
  ...Object.keys(CONFIRMED_BODY).map(
    (name): BodyRefusal => [
      `a confirmation without ${name}`,
      'SYNC_CONFIRMED',
      'journal',
      without(CONFIRMED_BODY, name),
      'schema_violation',
    ],
  ),
  ['a confirmation of everyone', 'SYNC_CONFIRMED', 'journal', { ...CONFIRMED_BODY, source: '*' }, 'schema_violation'],
  [
    'a confirmation whose ranges are not its entries',
    'SYNC_CONFIRMED',
    'journal',
    { ...CONFIRMED_BODY, entries: 1 },
    'schema_violation',
  ],
  [
    'a confirmation of a negative height',
    'SYNC_CONFIRMED',
    'journal',
    { ...CONFIRMED_BODY, ledger_height: -1 },
    'schema_violation',
  ],
];

type FileRefusal = readonly [member: string, file: JsonValue];

const WITNESSES = [{ peer: ALICE.peer, organisation: 'Alpha' }];

function file(change: JsonObject): JsonObject {
  return { ...FEDERATION_FILE, ...change };
}

/** Each is refused as `federation_invalid`, and the member is named. */
const FILES: readonly FileRefusal[] = [
  ['the file', []],
  ['the file', null],
  ['the file.colour', file({ colour: 'red' })],
  ['v', file({ v: 2 })],
  ['v', file({ v: '1' })],
  ['v', without(FEDERATION_FILE, 'v')],
  ['rules', without(FEDERATION_FILE, 'rules')],
  ['rules.signature', file({ rules: { signature: 'ed25519', canonical_json: 'rfc8785' } })],
  ['rules.canonical_json', file({ rules: { signature: 'ed25519-strict-cofactorless', canonical_json: 'none' } })],
  ['rules.more', file({ rules: { signature: 'ed25519-strict-cofactorless', canonical_json: 'rfc8785', more: 1 } })],
  ['name', file({ name: '' })],
  ['name', file({ name: ' a' })],
  ['name', file({ name: 'a/b' })],
  ['name', file({ name: 'x'.repeat(65) })],
  ['witnesses', file({ witnesses: [] })],
  ['witnesses', file({ witnesses: {} })],
  ['witnesses[0]', file({ witnesses: ['alice'] })],
  ['witnesses[0].peer', file({ witnesses: [{ peer: 'alice', organisation: '' }] })],
  ['witnesses[0].organisation', file({ witnesses: [{ peer: ALICE.peer }] })],
  ['witnesses[0].organisation', file({ witnesses: [{ peer: ALICE.peer, organisation: 'x'.repeat(65) }] })],
  ['witnesses[0].vote', file({ witnesses: [{ peer: ALICE.peer, organisation: '', vote: 2 }] })],
  ['witnesses[1].peer', file({ witnesses: [...WITNESSES, ...WITNESSES] })],
  ['threshold', file({ threshold: 0 })],
  ['threshold', file({ threshold: 4 })],
  ['threshold', file({ threshold: 1.5 })],
  ['threshold', file({ threshold: '2' })],
  ['writers', without(FEDERATION_FILE, 'writers')],
  ['writers.mode', file({ writers: { mode: 'closed', peers: [ALICE.peer] } })],
  ['writers.quota', file({ writers: { mode: 'open', quota: 0 } })],
  ['writers.quota', file({ writers: { mode: 'open' } })],
  ['writers.peers', file({ writers: { mode: 'open', quota: 5, peers: [ALICE.peer] } })],
  ['writers.peers', file({ writers: { mode: 'list', peers: [] } })],
  ['writers.peers', file({ writers: { mode: 'list', peers: [ALICE.peer, ALICE.peer] } })],
  ['writers.peers[0]', file({ writers: { mode: 'list', peers: ['12D3KooW'] } })],
];

export function bodyRefusals(): JsonObject[] {
  return BODIES.map(([what, type, log, body, code]) => ({ what, type, log, body, code }));
}

export function fileRefusals(): JsonObject[] {
  return FILES.map(([member, json]) => ({ member, file: json }));
}
