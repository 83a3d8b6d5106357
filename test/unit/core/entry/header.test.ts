import { deepEqual, equal, notEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { sha256 } from '#sha256';
import { toHex } from '../../../../src/core/bytes.ts';
import { canonicalize } from '../../../../src/core/entry/canonical-json.ts';
import { type Header, headerJson, receiptHash } from '../../../../src/core/entry/header.ts';
import { BODY_BYTES_MAX, TIMESTAMP_MS_MAX } from '../../../../src/core/limits.ts';
import { signedMessage } from '../../../../src/core/signature.ts';
import { ALICE, BOB, FEDERATION, OPEN_FEDERATION } from '../fixtures.ts';
import { hex, object, text, vectorList } from '../vectors.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyHeader: fc.Arbitrary<Header> = fc.record({
  federation: hash.map(toHex),
  log: fc.constantFrom('ledger', 'journal'),
  type: fc.stringMatching(/^[A-Z][A-Z0-9_]{0,31}$/),
  origin: fc.constantFrom(ALICE.peer, BOB.peer),
  seq: fc.maxSafeNat(),
  prev: hash,
  nonce: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  timestampMs: fc.integer({ min: 0, max: TIMESTAMP_MS_MAX }),
  bodyHash: hash,
  bodySize: fc.integer({ min: 2, max: BODY_BYTES_MAX }),
});

describe('header (R-10)', () => {
  it('is the canonical JSON of its members', () => {
    fc.assert(
      fc.property(anyHeader, (header) => {
        const json = headerJson(header);
        equal(canonicalize(JSON.parse(json)), json);
        deepEqual(JSON.parse(json), {
          v: 1,
          federation: header.federation,
          log: header.log,
          type: header.type,
          origin: header.origin,
          seq: header.seq,
          prev: toHex(header.prev),
          nonce: toHex(header.nonce),
          timestamp: header.timestampMs,
          body_hash: toHex(header.bodyHash),
          body_size: header.bodySize,
        });
      }),
    );
  });

  for (const vector of vectorList('entries.json', 'entries')) {
    it(`of the ${text(vector.name)} of the vectors: text, receipt hash, signed message`, () => {
      const flat = object(vector.flat);
      const json = text(vector.header);
      const header: Header = { ...readHeader(json), bodySize: Number(flat.body_size) };
      equal(headerJson(header), json);
      equal(toHex(receiptHash(header)), vector.receipt_hash);
      equal(toHex(signedMessage('entry', receiptHash(header))), vector.signed_message);
    });
  }

  it('is the hash of its text, whatever was hashed before it and however long its members are', () => {
    const anyText = fc.record({
      federation: fc.string({ unit: 'binary', maxLength: 600 }),
      origin: fc.string({ unit: 'binary' }),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(anyHeader, fc.option(anyText)), { minLength: 2, maxLength: 5 }), (drawn) => {
        for (const [header, odd] of drawn) {
          const claimed = { ...header, ...odd }; // what a file claims may be any text: it must not pass for another
          equal(toHex(receiptHash(claimed)), toHex(sha256(joined(claimed))));
        }
      }),
    );
  });

  it('hashes anew when any member changes', () => {
    const base: Header = readHeader(text(vectorList('entries.json', 'entries')[0]?.header));
    const changes: Partial<Header>[] = [
      { federation: OPEN_FEDERATION.id },
      { log: 'journal' },
      { type: 'RECEIP' },
      { origin: BOB.peer },
      { seq: base.seq + 1 },
      { prev: new Uint8Array(32).fill(1) },
      { nonce: new Uint8Array(16) },
      { timestampMs: base.timestampMs + 1 },
      { bodyHash: new Uint8Array(32) },
      { bodySize: base.bodySize + 1 },
    ];
    equal(base.federation, FEDERATION.id);
    for (const change of changes) {
      notEqual(toHex(receiptHash({ ...base, ...change })), toHex(receiptHash(base)), JSON.stringify(change));
    }
  });
});

function joined({ federation, log, type, origin, seq, prev, nonce, timestampMs, bodyHash, bodySize }: Header): string {
  return (
    `{"body_hash":"${toHex(bodyHash)}","body_size":${bodySize},"federation":"${federation}","log":"${log}",` +
    `"nonce":"${toHex(nonce)}","origin":"${origin}","prev":"${toHex(prev)}","seq":${seq},"timestamp":${timestampMs},` +
    `"type":"${type}","v":1}`
  );
}

function readHeader(json: string): Header {
  const { federation, log, type, origin, seq, prev, nonce, timestamp, body_hash, body_size } = JSON.parse(json);
  return {
    federation,
    log,
    type,
    origin,
    seq,
    prev: hex(prev),
    nonce: hex(nonce),
    timestampMs: timestamp,
    bodyHash: hex(body_hash),
    bodySize: body_size,
  };
}
