import { deepEqual, equal, throws } from 'node:assert/strict';
import { sha256 } from '#sha256';
import { BinaryReader } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import type { JsonObject } from '../../../../src/core/entry/canonical-json.ts';
import { encodeEntry, readEntry } from '../../../../src/core/entry/codec.ts';
import { fromFlat, RESERVED_MEMBERS, toFlat } from '../../../../src/core/entry/flat.ts';
import { headerJson } from '../../../../src/core/entry/header.ts';
import { BOB } from '../fixtures.ts';
import { hex, number, object, text, vectorList } from '../vectors.ts';

const VECTORS = vectorList('entries.json', 'entries');

function flatOf(index: number): JsonObject {
  return object(VECTORS[index]?.flat);
}

describe('flat form (R-16)', () => {
  for (const vector of VECTORS) {
    const name = text(vector.name);
    const flat = object(vector.flat);

    it(`of the ${name} of the vectors: back to the binary form and the header`, () => {
      const claim = fromFlat(flat);
      equal(toHex(encodeEntry(claim)), vector.binary);
      equal(headerJson({ ...claim, bodySize: claim.body.length }), vector.header);
      equal(toHex(claim.hash), vector.receipt_hash);
      equal(claim.bodySize, claim.body.length);
    });

    it(`of the ${name} of the vectors: from the binary form`, () => {
      const parts = readEntry(new BinaryReader(hex(vector.binary)));
      const { federation, log, origin, seq, prev, hash } = fromFlat(flat);
      const entry = { ...parts, federation, log, origin, seq, prev, hash, bodyHash: sha256(parts.body) };
      deepEqual(toFlat(entry), flat);
    });
  }

  it('shows a SYNC_EVENT with the members of the audit log in one object', () => {
    const flat = flatOf(3);
    equal(flat.type, 'SYNC_EVENT');
    equal(flat.target, BOB.peer);
    equal(number(flat.entries), 3);
    for (const name of ['origin', 'timestamp', 'delta_merkle_root', 'signature']) equal(name in flat, true, name);
  });

  it('takes body members that objects have by themselves', () => {
    const body = '{"__proto__":{"admin":true},"constructor":1}';
    const flat = object(JSON.parse(`${JSON.stringify({ ...flatOf(2), text: 0 }).slice(0, -1)},${body.slice(1)}`));
    const claim = fromFlat(flat);
    equal(new TextDecoder().decode(claim.body), '{"__proto__":{"admin":true},"constructor":1,"text":0}');
    const back = toFlat({ ...claim, bodyHash: sha256(claim.body) });
    equal(Object.hasOwn(back, '__proto__'), true);
    equal(Reflect.get(back, 'admin'), undefined);
  });
});

describe('flat form: refused', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['v', 2],
    ['v', '1'],
    ['federation', 'ab'],
    ['federation', 5],
    ['log', 'Ledger'],
    ['log', null],
    ['type', 'receipt'],
    ['type', 7],
    ['origin', 'alice'],
    ['origin', `${BOB.peer}1`],
    ['seq', -1],
    ['seq', 0.5],
    ['seq', '0'],
    ['seq', 2 ** 53],
    ['prev', '00'.repeat(31)],
    ['prev', 'AB'.repeat(32)],
    ['nonce', '00'.repeat(17)],
    ['timestamp', '2026-01-01T00:00:00Z'],
    ['timestamp', 1.5],
    ['body_hash', 'zz'.repeat(32)],
    ['body_size', -2],
    ['hash', ''],
    ['signature', '00'.repeat(63)],
  ];
  for (const [member, value] of wrong) {
    it(`${member}: ${JSON.stringify(value)}`, () => {
      const flat = object(JSON.parse(JSON.stringify({ ...flatOf(0), [member]: value })));
      throws(() => fromFlat(flat), { code: 'entry_malformed', fields: { member } });
    });
  }

  for (const member of RESERVED_MEMBERS) {
    it(`${member} is missing`, () => {
      const flat = object(JSON.parse(JSON.stringify({ ...flatOf(0), [member]: undefined })));
      throws(() => fromFlat(flat), { code: 'entry_malformed', fields: { member } });
    });
  }

  it('a body that is not canonical cannot be shown', () => {
    const claim = fromFlat(flatOf(0));
    const body = new TextEncoder().encode('{ }');
    throws(() => toFlat({ ...claim, body, bodyHash: sha256(body) }), { code: 'entry_malformed' });
  });
});
