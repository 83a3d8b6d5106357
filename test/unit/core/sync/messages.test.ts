import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { MESSAGES } from '../../../../scripts/vectors/messages.ts';
import { FORK } from '../../../../scripts/vectors/proofs.ts';
import { concat, equalBytes, toHex } from '../../../../src/core/bytes.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import {
  DELTA_ENTRIES_MAX,
  FRAME_BYTES_MAX,
  FRONTIER_CHECKPOINTS_MAX,
  PROBES_MAX,
  RANGES_COUNT_MAX,
  SEALS_PER_REQUEST_MAX,
} from '../../../../src/core/limits.ts';
import { runOf } from '../../../../src/core/sync/delta.ts';
import { decodeMessage, encodeMessage, type Message, type Outgoing } from '../../../../src/core/sync/messages.ts';
import { ALICE, BOB, CAROL, FEDERATION, plain, receipts } from '../fixtures.ts';
import { byteRefusals, hex, text, vectorList } from '../vectors.ts';

const peer = fc.constantFrom(ALICE.peer, BOB.peer, CAROL.peer);
const federation = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const checkpoints = fc.array(
  fc.record(
    { origin: peer, size: fc.maxSafeNat(), root: fc.uint8Array({ minLength: 32, maxLength: 32 }) },
    { noNullPrototype: true },
  ),
  { maxLength: 5 },
);
const range = fc
  .tuple(peer, fc.nat(), fc.integer({ min: 1, max: 1e6 }))
  .map(([origin, from, length]) => ({ origin, from, to: from + length }));

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const placedHeader = fc.record(
  { seq: fc.maxSafeNat(), prev: hash, header: fc.constantFrom(...FORK.headers) },
  { noNullPrototype: true },
);

const anyMessage: fc.Arbitrary<Exclude<Outgoing, { kind: 'delta' | 'confirm' | 'entries' }>> = fc.oneof(
  fc.record(
    { kind: fc.constant('frontier_request'), federation, epoch: fc.integer({ min: 0, max: 10_000 }), checkpoints },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant('frontier'), more: fc.boolean(), checkpoints, decisions: fc.constant([]) },
    { noNullPrototype: true },
  ),
  fc.record(
    {
      kind: fc.constant('ranges_request'),
      federation,
      log: fc.constantFrom('ledger', 'journal'),
      ranges: fc.array(range, { minLength: 1, maxLength: 5 }),
      seals: fc.subarray([FORK]),
    },
    { noNullPrototype: true },
  ),
  fc.record(
    {
      kind: fc.constant('headers_request'),
      federation,
      origin: peer,
      seqs: fc.array(fc.maxSafeNat(), { maxLength: PROBES_MAX }),
    },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant('headers'), headers: fc.array(placedHeader, { maxLength: PROBES_MAX }) },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant('end'), status: fc.constantFrom('done', 'busy', 'refused') },
    { noNullPrototype: true },
  ),
);

/** A decoded message as it can be sent again. */
function again(bytes: Uint8Array): string {
  return toHex(encodeMessage(decodeMessage(bytes)));
}

describe('messages (R-35 to R-39)', () => {
  for (const vector of vectorList('messages.json', 'messages')) {
    it(`${text(vector.name)} of the vectors: read, and written again byte for byte`, () => {
      const bytes = hex(vector.bytes);
      equal(decodeMessage(bytes).kind, vector.kind);
      equal(again(bytes), vector.bytes);
    });
  }

  it('give back whatever was written', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        deepEqual(plain(decodeMessage(encodeMessage(message))), plain(message));
      }),
    );
  });

  it('keep entries as the bytes they came in', () => {
    const entries = receipts(BOB, 3);
    const message = decodeMessage(
      encodeMessage({ kind: 'entries', runs: [...runOf(entries), ...runOf(entries.slice(1))] }),
    );
    ok(message.kind === 'entries');
    deepEqual(
      message.runs.map(({ origin, log, from, prev, entries: list }) => [origin, log, from, toHex(prev), list.length]),
      [
        [BOB.peer, 'journal', 0, '00'.repeat(32), 3],
        [BOB.peer, 'journal', 1, toHex(entries[0]?.hash ?? new Uint8Array()), 2],
      ],
    );
    deepEqual(
      message.runs[0]?.entries.map(({ bytes }) => toHex(bytes)),
      entries.map(({ bytes }) => toHex(bytes)),
    );
  });

  it('fit a frame at their largest', () => {
    const root = new Uint8Array(32);
    const most = Array.from({ length: FRONTIER_CHECKPOINTS_MAX }, () => ({
      origin: ALICE.peer,
      size: Number.MAX_SAFE_INTEGER,
      root,
    }));
    const request = encodeMessage({ kind: 'frontier_request', federation: FEDERATION.id, epoch: 0, checkpoints: most });
    ok(request.length <= FRAME_BYTES_MAX, String(request.length));
    equal(again(request), toHex(request));
    const ranges = Array.from({ length: RANGES_COUNT_MAX }, (_, i) => ({ origin: ALICE.peer, from: i, to: i + 1 }));
    const seals = Array.from({ length: SEALS_PER_REQUEST_MAX }, () => FORK);
    const fetch = encodeMessage({ kind: 'ranges_request', federation: FEDERATION.id, log: 'ledger', ranges, seals });
    ok(fetch.length <= FRAME_BYTES_MAX, String(fetch.length));
    equal(again(fetch), toHex(fetch));
    const runs = runOf(receipts(ALICE, DELTA_ENTRIES_MAX));
    const delta = encodeMessage({ kind: 'entries', runs });
    equal(again(delta), toHex(delta));
  });

  it('refuse to name what is no peer or no federation', () => {
    throws(() => encodeMessage({ kind: 'frontier_request', federation: 'x', epoch: 0, checkpoints: [] }), {
      code: 'federation_invalid',
    });
    const checkpoint = { origin: 'alice', size: 1, root: new Uint8Array(32) };
    throws(() => encodeMessage({ kind: 'frontier', more: false, checkpoints: [checkpoint] }), {
      code: 'origin_invalid',
    });
  });
});

describe('messages: refused', () => {
  for (const { what, bytes, code } of byteRefusals('messages')) {
    it(what, () => throws(() => decodeMessage(hex(bytes)), { code }));
  }

  for (const [name, message] of MESSAGES) {
    const bytes = encodeMessage(message);

    it(`${name} cut off anywhere`, () => {
      for (let length = 0; length < bytes.length; length++) {
        throws(() => decodeMessage(bytes.subarray(0, length)), { code: 'wire_truncated' }, String(length));
      }
    });

    it(`${name} with a byte behind it`, () => {
      for (const extra of [0, 1, 255]) {
        throws(() => decodeMessage(concat(bytes, Uint8Array.of(extra))), { code: 'wire_trailing' });
      }
    });

    it(`${name} with one bit of any byte wrong: refused, or read as exactly those bytes`, () => {
      for (let at = 0; at < bytes.length; at++) {
        const changed = bytes.with(at, (bytes[at] ?? 0) ^ (1 << ((at + name.length) % 8)));
        let read: Message;
        try {
          read = decodeMessage(changed);
        } catch (error) {
          ok(error instanceof TessraxError && error.code.startsWith('wire_'), String(error));
          continue;
        }
        ok(equalBytes(encodeMessage(read), changed), `byte ${at}`);
      }
    });
  }

  it('noise, without ever failing in another way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 9 }), (noise, kind) => {
        try {
          decodeMessage(concat(Uint8Array.of(kind), noise));
        } catch (error) {
          ok(error instanceof TessraxError && error.code.startsWith('wire_'), String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
