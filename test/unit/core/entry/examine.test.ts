import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { toHex } from '../../../../src/core/bytes.ts';
import { canonicalize } from '../../../../src/core/entry/canonical-json.ts';
import { encodeEntry } from '../../../../src/core/entry/codec.ts';
import { bodyRefusal, examineRun, type Run } from '../../../../src/core/entry/examine.ts';
import type { Draft } from '../../../../src/core/events.ts';
import { ALICE, BOB, CAROL, chain, FEDERATION, isValid, OPEN_FEDERATION, receipts, runOfEntries } from '../fixtures.ts';
import { object, text, vectorList } from '../vectors.ts';

const LEDGER = receipts(ALICE, 4);
const RUN = runOfEntries(LEDGER);

/** The run with a change in the parts of one entry, as somebody on the way could make it. */
function tampered(index: number, change: Partial<Run['entries'][number]>): Run {
  const entries = RUN.entries.map((entry, i) => {
    if (i !== index) return entry;
    const parts = { ...entry, ...change };
    return { ...parts, bytes: encodeEntry(parts) };
  });
  return { ...RUN, entries };
}

function verdicts(run: Run, federation = FEDERATION.id): boolean[] {
  return examineRun(run, federation).flatMap(({ jobs }) => jobs.map(isValid));
}

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

describe('examination of a run (R-24)', () => {
  it('rebuilds what the author made: places, chain, hashes, and signatures that hold', () => {
    const candidates = examineRun(RUN, FEDERATION.id);
    deepEqual(
      candidates.map(({ jobs, ...entry }) => entry),
      LEDGER.map(({ jobs, ...entry }) => entry),
    );
    deepEqual(verdicts(RUN), [true, true, true, true]);
  });

  it('begins anywhere in a feed', () => {
    const tail = examineRun(runOfEntries(LEDGER.slice(2)), FEDERATION.id);
    deepEqual(
      tail.map(({ seq, hash }) => [seq, toHex(hash)]),
      LEDGER.slice(2).map(({ seq, hash }) => [seq, toHex(hash)]),
    );
  });

  it('lists the reviewer signatures of a scar behind its own', () => {
    const flat = object(vectorList('entries.json', 'entries')[1]?.flat);
    const { id, origin_event, resolution, summary, author, verdict_hash, reviewers } = flat;
    const body = JSON.parse(JSON.stringify({ id, origin_event, resolution, summary, author, verdict_hash, reviewers }));
    const [scar] = examineRun(runOfEntries(chain(ALICE, [{ type: 'SCAR', body }])), FEDERATION.id);
    deepEqual(
      scar?.jobs.map(({ domain, key }) => [domain, toHex(key)]),
      [
        ['entry', ALICE],
        ['review', BOB],
        ['review', CAROL],
      ].map(([domain, key]) => [domain, typeof key === 'object' ? toHex(key.publicKey) : '']),
    );
    deepEqual(scar?.jobs.map(isValid), [true, true, true]);
  });

  it('carries types it does not interpret', () => {
    const [carried] = examineRun(
      runOfEntries(chain(ALICE, [{ type: 'X9_', body: { any: ['thing'] } }])),
      FEDERATION.id,
    );
    equal(carried?.type, 'X9_');
    deepEqual(carried?.jobs.map(isValid), [true]);
  });
});

describe('examination: what was tampered with has no valid signature', () => {
  const cases: readonly (readonly [string, Run, string?])[] = [
    ['another federation', RUN, OPEN_FEDERATION.id],
    ['another origin', { ...RUN, origin: BOB.peer }],
    ['another place', { ...RUN, from: 1 }],
    ['another predecessor', { ...RUN, prev: new Uint8Array(32).fill(1) }],
    ['another log', { ...runOfEntries(chain(ALICE, [{ type: 'X', body: {} }])), log: 'journal' }],
    ['another type', tampered(0, { type: 'NOTE' })],
    ['another time', tampered(0, { timestampMs: (RUN.entries[0]?.timestampMs ?? 0) + 1 })],
    ['another body', tampered(0, { body: new TextEncoder().encode('{"payload":{"n":7}}') })],
  ];
  for (const [what, run, federation] of cases) {
    it(what, () => ok(!(verdicts(run, federation)[0] ?? true)));
  }

  it('any bit of the nonce or the signature', () => {
    const [first] = RUN.entries;
    ok(first !== undefined);
    for (let bit = 0; bit < 16 * 8; bit++) {
      equal(verdicts(tampered(0, { nonce: flip(first.nonce, bit) }))[0], false, `nonce, bit ${bit}`);
    }
    for (let bit = 0; bit < 64 * 8; bit += 3) {
      equal(verdicts(tampered(0, { signature: flip(first.signature, bit) }))[0], false, `signature, bit ${bit}`);
    }
  });

  it('a change in the middle breaks that entry and every later one', () => {
    deepEqual(verdicts(tampered(1, { timestampMs: 5 })), [true, false, false, false]);
    deepEqual(verdicts({ ...RUN, entries: RUN.entries.filter((_, i) => i !== 1) }), [true, false, false]);
  });
});

describe('examination: refused', () => {
  for (const vector of vectorList('refusals.json', 'bodies')) {
    it(text(vector.what), () => {
      const { type, log, body, code } = vector;
      const json = typeof body === 'string' ? body : canonicalize(object(body));
      const [entry] = tampered(0, { type: text(type), body: new TextEncoder().encode(json) }).entries;
      ok(entry !== undefined);
      const run: Run = { ...RUN, log: log === 'journal' ? 'journal' : 'ledger', entries: [entry] };
      throws(() => examineRun(run, FEDERATION.id), { code });
    });
  }

  it('names the place of the first entry that is wrong', () => {
    const body = new TextEncoder().encode('{"payload":1}');
    throws(() => examineRun(tampered(2, { body }), FEDERATION.id), {
      code: 'schema_violation',
      fields: { origin: ALICE.peer, seq: 2 },
    });
  });

  it('an origin that is no peer ID', () => {
    throws(() => examineRun({ ...RUN, origin: 'alice' }, FEDERATION.id), { code: 'origin_invalid' });
  });
});

describe('schemas (R-17)', () => {
  const good: readonly Draft[] = [
    { type: 'RECEIPT', body: { payload: {} } },
    { type: 'RECEIPT', body: { payload: { type: 'inside a payload every name is free', hash: 1, v: 2 } } },
    { type: 'NOTE', body: {} },
  ];
  for (const { type, body } of good) {
    it(`${type} ${JSON.stringify(body)}`, () => equal(bodyRefusal(type, 'ledger', body), undefined));
  }

  for (const vector of vectorList('entries.json', 'entries')) {
    it(`${text(vector.name)} of the vectors`, () => {
      const { log, type } = object(vector.flat);
      const body = object(JSON.parse(text(vector.body)));
      equal(bodyRefusal(text(type), log === 'journal' ? 'journal' : 'ledger', body), undefined);
    });
  }

  it('a confirmation may cover nothing: all of it was there already', () => {
    const body = object(JSON.parse(text(vectorList('entries.json', 'entries')[4]?.body)));
    equal(bodyRefusal('SYNC_CONFIRMED', 'journal', { ...body, entries: 0, ranges: [] }), undefined);
  });

  it('a scar may carry a payload, and need not be reviewed', () => {
    const body = object(JSON.parse(text(vectorList('entries.json', 'entries')[1]?.body)));
    equal(bodyRefusal('SCAR', 'ledger', { ...body, payload: { any: 1 }, reviewers: [] }), undefined);
  });
});
