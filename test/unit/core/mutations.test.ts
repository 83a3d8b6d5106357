/** Every kind of bytes a node takes from strangers has vectors of what must be refused; none can be added without. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { TESTING, withVectorTable } from '../../../scripts/vector-table.ts';
import { refusalOf } from '../../../scripts/vectors/kind.ts';
import { KINDS } from '../../../scripts/vectors/mutations.ts';
import { BinaryReader } from '../../../src/core/binary.ts';
import { concat, toHex } from '../../../src/core/bytes.ts';
import { readTypeName } from '../../../src/core/entry/codec.ts';
import { TessraxError } from '../../../src/core/errors.ts';
import type { SignatureDomain } from '../../../src/core/events.ts';
import { readSealReason } from '../../../src/core/ledger/seal-reason.ts';
import { decodeMessage } from '../../../src/core/sync/messages.ts';
import { hex, object, text, vectorList } from './vectors.ts';

const FILE = 'mutations.json';
const VECTORS = vectorList(FILE, 'kinds');
/** Where the type code stands in a statement whose seq is 0: behind key, seq and prev. */
const TYPE_AT = 32 + 1 + 32;

function named(prefix: string) {
  return KINDS.filter(({ name }) => name.startsWith(prefix));
}

/** The codes that a reader knows: with any other as the only byte it says so. */
function knownCodes(read: (byte: Uint8Array) => unknown, unknown: string): number[] {
  return Array.from({ length: 256 }, (_, code) => code).filter((code) => {
    try {
      read(Uint8Array.of(code));
    } catch (error) {
      return !(error instanceof TessraxError && error.code === unknown);
    }
    return true;
  });
}

function refusals(list: unknown): (readonly [number, number, string | null])[] {
  ok(Array.isArray(list));
  return list;
}

describe('mutated vectors', () => {
  it('exist for every message that can be read', () => {
    deepEqual(
      named('message ').map(({ good }) => good[0]),
      knownCodes(decodeMessage, 'wire_code'),
    );
  });

  it('exist for every type of entry that is interpreted, and for one that is not', () => {
    const codes = new Set(named('entry ').map(({ good }) => good[TYPE_AT] ?? -1));
    deepEqual(
      [...codes].sort((a, b) => a - b),
      knownCodes((byte) => readTypeName(new BinaryReader(byte)), 'wire_type'),
    );
  });

  it('exist for every reason to seal a feed', () => {
    const reasons = ['proof fork', 'proof revocation'].flatMap(named);
    deepEqual(
      reasons.map(
        ({ good }, code) => readSealReason(new BinaryReader(concat(Uint8Array.of(code), good))).origin.length,
      ),
      knownCodes((byte) => readSealReason(new BinaryReader(byte)), 'wire_code').map(() => 52),
    );
  });

  it('exist for every domain of signatures', () => {
    const domains: Readonly<Record<SignatureDomain, true>> = { entry: true, heartbeat: true, review: true, root: true };
    const seen = new Set(KINDS.flatMap(({ good, judge }) => judge(good).map(({ domain }) => domain)));
    deepEqual([...seen].sort(), Object.keys(domains));
  });

  for (const vector of VECTORS) {
    const name = text(vector.name);

    it(`${name}: each cut, each byte behind and, where it is sealed, each turned bit is refused; and it can be forged`, () => {
      const size = text(vector.good).length / 2;
      deepEqual(covered(vector.truncations, true), size);
      for (const { code } of vectorsIn(vector.trailing)) equal(typeof code, 'string');
      equal(covered(vector.flips, false), size);
      if (vector.sealed === true) equal(covered(vector.flips, true), size);
      else ok(covered(vector.flips, true) > 0);
      ok(vectorsIn(vector.forgeries).length > 0);
    });
  }

  it('are counted in docs/testing.md', () => {
    const document = readFileSync(TESTING, 'utf8');
    equal(withVectorTable(document), document, 'run: node scripts/vector-table.ts');
  });
});

describe('forgeries', () => {
  for (const kind of KINDS) {
    const vectors = VECTORS.filter(({ name }) => name === kind.name).flatMap(({ forgeries }) => vectorsIn(forgeries));

    it(`of ${kind.name} are refused, and the good one is not`, () => {
      equal(refusalOf(kind, kind.good), undefined);
      deepEqual(
        vectors.map(({ what, bytes }) => [what, refusalOf(kind, hex(bytes))]),
        vectors.map(({ what, code }) => [what, code]),
      );
    });
  }
});

describe('codecs', () => {
  /** Bytes overwritten, taken out and put in, one after the other. */
  const change = fc.tuple(fc.nat(), fc.nat(3), fc.uint8Array({ maxLength: 4 }));
  const readable = KINDS.flatMap(({ good, again }) => (again === undefined ? [] : [{ good, again }]));

  it('write what they read byte for byte, and refuse everything else', () => {
    let read = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...readable),
        fc.array(change, { minLength: 1, maxLength: 2 }),
        ({ good, again }, changes) => {
          const bytes = changes.reduce((before, [where, taken, put]) => {
            const at = where % (before.length + 1);
            return concat(before.subarray(0, at), put, before.subarray(at + taken));
          }, good);
          try {
            equal(toHex(again(bytes)), toHex(bytes));
            read++;
          } catch (error) {
            ok(error instanceof TessraxError, String(error));
          }
        },
      ),
      { numRuns: 3000 },
    );
    ok(read > 100, `${read} of 3000 could be read`);
  });
});

/** How many places the triples cover, without gaps; with `refused` all with a code. */
function covered(triples: unknown, refused: boolean): number {
  let end = 0;
  let count = 0;
  for (const [from, to, code] of refusals(triples)) {
    equal(from, end);
    end = to;
    if (!refused || typeof code === 'string') count += to - from;
  }
  return count;
}

function vectorsIn(list: unknown) {
  ok(Array.isArray(list));
  return list.map(object);
}
