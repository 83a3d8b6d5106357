import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../../src/core/bytes.ts';
import { authorEntry } from '../../../src/core/entry/author.ts';
import { canonicalize, type JsonObject } from '../../../src/core/entry/canonical-json.ts';
import { admit, emptyHead } from '../../../src/core/ledger/admission.ts';
import { EXPORT_LINE_BYTES_MAX } from '../../../src/core/limits.ts';
import { appendLeaves } from '../../../src/core/merkle/compact-range.ts';
import type { RootStatement } from '../../../src/core/proof.ts';
import type { Verdict } from '../../../src/offline/context.ts';
import { verifyPath } from '../../../src/offline/verify-path.ts';
import { ALICE, authorOf, CAROL, EPOCH_MS, FEDERATION, MALLORY, OPEN_FEDERATION } from '../core/fixtures.ts';
import {
  exportLines,
  FEEDS,
  feedOf,
  flatOf,
  headerOf,
  numbered,
  rememberingVerifier,
  type SampleFeed,
  sorted,
  textOf,
} from './sample.ts';

describe('verifying an export', () => {
  const verifier = rememberingVerifier();
  const lines = exportLines();
  let file = '';

  before(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'tessrax-export-')), 'ledger.jsonl');
  });
  after(() => rm(join(file, '..'), { recursive: true }));

  async function verify(content: string | Uint8Array, pin?: typeof FEDERATION): Promise<Verdict> {
    await writeFile(file, content);
    return await verifyPath(file, pin === undefined ? { verifier } : { verifier, pin });
  }

  /** What is wrong with an export of these lines; one fault at least. */
  async function faultOf(changed: readonly string[]): Promise<string> {
    const { verified, faults } = await verify(textOf(changed));
    equal(verified, false);
    return `${faults[0]?.code} at ${faults[0]?.place}`;
  }

  const replaced = (at: number, line: string): string[] => lines.with(at, line);
  const changedEntry = (at: number, change: JsonObject): string[] =>
    replaced(at, canonicalize({ ...JSON.parse(lines[at] ?? ''), ...change }));

  it('finds nothing wrong with what a node wrote', async () => {
    const verdict = await verify(textOf(lines), FEDERATION);
    deepEqual(verdict.faults, []);
    deepEqual(
      [verdict.verified, verdict.kind, verdict.summary?.entries, verdict.summary?.signer?.organisation],
      [true, 'export', 50, 'Gamma'],
    );
  });

  it('tells of each entry, and how many there should be', async () => {
    await writeFile(file, textOf(lines));
    const told: string[] = [];
    await verifyPath(file, { verifier, onEntry: (examined, total) => told.push(`${examined} of ${total}`) });
    deepEqual(
      told,
      Array.from({ length: 50 }, (_, i) => `${i + 1} of 50`),
    );
  });

  it('finds one changed bit wherever it is', async () => {
    const bytes = Buffer.from(textOf(lines));
    // Every byte of the header and of two entries, then a sample; a run over all 35,040 bytes found each of them.
    const dense = Buffer.byteLength(textOf(lines.slice(0, 3)));
    let turn = 0;
    for (let at = 0; at < bytes.length; at += at < dense ? 11 : 211) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (turn++ % 2 === 0 ? 1 << (at % 8) : 0x20); // 0x20: capitals for small letters
      // The name of the format may be hit: then it is not even taken for an export.
      const verified = await verify(damaged).then(
        (verdict) => verdict.verified,
        (error: { code: string }) => (error.code === 'not_recognised' ? false : error.code),
      );
      equal(verified, false, `byte ${at}: ${bytes.subarray(at - 10, at + 10)}`);
    }
  });

  it('finds another spelling of the same value', async () => {
    const at = lines.findIndex((line) => line.includes('1e+21'));
    ok(at > 0);
    const line = lines[at] ?? '';
    match(await faultOf(replaced(at, line.replace('1e+21', '1E+21'))), /^line_not_canonical at line \d+$/);
    match(await faultOf(replaced(at, line.replace('\\u0007', '\\u0007 '))), /^body_hash_mismatch/);
    match(await faultOf(replaced(at, line.replace('"name":', '"name": '))), /^line_not_canonical/);
    match(await faultOf(replaced(at, `${line} `)), /^line_not_canonical/);
    match(await faultOf(replaced(at, `${line}\r`)), /^line_not_canonical/);
  });

  const first = FEEDS[0]?.head.origin ?? '';
  const second = FEEDS[1]?.head.origin ?? '';
  const firstSize = FEEDS[0]?.head.size ?? 0;
  const cases: readonly (readonly [string, () => readonly string[], RegExp])[] = [
    ['nothing but the header', () => lines.slice(0, 1), new RegExp(`^feed_incomplete at feed of ${first}`)],
    ['an entry left out', () => lines.toSpliced(5, 1), /^entry_out_of_place|^chain_broken/],
    ['the last entry left out', () => lines.slice(0, -1), new RegExp(`^feed_incomplete at feed of ${second}`)],
    [
      'the end of the first feed left out',
      () => lines.toSpliced(firstSize, 1),
      new RegExp(`^feed_incomplete at feed of ${first}`),
    ],
    ['an entry twice', () => lines.toSpliced(6, 0, lines[5] ?? ''), /^entry_out_of_place|^chain_broken/],
    ['two entries exchanged', () => lines.with(5, lines[6] ?? '').with(6, lines[5] ?? ''), /^chain_broken at line 6/],
    ['an entry too many', () => [...lines, lines.at(-1) ?? ''], /^(?:chain_broken|entry_out_of_place) at line 52/],
    ['a blank line', () => lines.toSpliced(3, 0, ''), /^json_syntax at line 4/],
    [
      'feeds in another order',
      () => [lines[0] ?? '', ...lines.slice(firstSize + 1), ...lines.slice(1, firstSize + 1)],
      /^feed_incomplete/,
    ],
    ['a line that is no object', () => replaced(4, '7'), /^entry_malformed at line 5$/],
    ['a line without end', () => replaced(4, `"${'x'.repeat(EXPORT_LINE_BYTES_MAX)}"`), /^line_too_long at line 5$/],
    [
      'another body',
      () => changedEntry(40, { payload: { n: -1 } }),
      /^body_hash_mismatch at line 41, 12D3KooW\w+, seq \d+$/,
    ],
    [
      'another body with its hash',
      () => changedEntry(40, { payload: { n: 1 }, body_hash: '00'.repeat(32) }),
      /^body_hash_mismatch|^hash_mismatch/,
    ],
    ['another member of the body', () => changedEntry(40, { extra: 1 }), /^schema_violation at line 41/],
    ['another time', () => changedEntry(40, { timestamp: 1_767_225_600_001 }), /^timestamp_decreases|^hash_mismatch/],
    [
      'a time after the year 9999',
      () => changedEntry(40, { timestamp: 999_999_999_999_999 }),
      /^timestamp_invalid at line 41/,
    ],
    ['another nonce', () => changedEntry(40, { nonce: 'f'.repeat(32) }), /^hash_mismatch at line 41/],
    ['another hash', () => changedEntry(40, { hash: '0'.repeat(64) }), /^hash_mismatch at line 41/],
    ['another predecessor', () => changedEntry(40, { prev: '0'.repeat(64) }), /^chain_broken at line 41/],
    ['another federation', () => changedEntry(40, { federation: OPEN_FEDERATION.id }), /^wrong_federation at line 41/],
    ['another log', () => changedEntry(40, { log: 'journal' }), /^entry_out_of_place at line 41/],
    ['another type', () => changedEntry(40, { type: 'NOTE' }), /^hash_mismatch at line 41/],
    ['another size of the body', () => changedEntry(40, { body_size: 1 }), /^body_hash_mismatch at line 41/],
    ['another signature', () => changedEntry(40, { signature: '1'.repeat(128) }), /^signature_invalid at line 41/],
    [
      'an origin that has no feed here',
      () => changedEntry(40, { origin: MALLORY.peer }),
      /^entry_out_of_place at line 41/,
    ],
    ['another version', () => changedEntry(40, { v: 2 }), /^entry_malformed at line 41/],
  ];
  for (const [what, change, fault] of cases) it(`refuses ${what}`, async () => match(await faultOf(change()), fault));

  const header = headerOf(FEEDS);
  const headers: readonly (readonly [string, JsonObject, RegExp])[] = [
    ['another format', { format: 'tessrax-export/2' }, /^export_malformed/],
    ['another member', { note: 1 }, /^export_malformed/],
    [
      'another federation file',
      { federation: { ...JSON.parse(JSON.stringify(header['federation'])), name: 'Other' } },
      /^export_federation/,
    ],
    ['feeds that do not make the root', { feeds: [] }, /^export_root/],
    ['feeds out of order', { feeds: JSON.parse(JSON.stringify(header['feeds'])).reverse() }, /^export_feeds/],
    ['another signature', { signature: '0'.repeat(128) }, /^signature_invalid at line 1, statement/],
    ['a part behind the end of its feed', { parts: [{ origin: first, from: 999, peaks: [] }] }, /^export_parts/],
    ['a part of no feed', { parts: [{ origin: MALLORY.peer, from: 0, peaks: [] }] }, /^export_parts/],
    [
      'parts out of order',
      { parts: [second, first].map((origin) => ({ origin, from: 0, peaks: [] })) },
      /^export_parts/,
    ],
  ];
  for (const [what, change, fault] of headers) {
    it(`refuses a header with ${what}`, async () =>
      match(await faultOf(replaced(0, canonicalize({ ...header, ...change }))), fault));
  }

  const lies: readonly (readonly [string, Partial<RootStatement>])[] = [
    ['another root', { root: new Uint8Array(32) }],
    ['another height', { height: 51 }],
    ['another number of feeds', { feeds: 3 }],
  ];
  for (const [what, lie] of lies) {
    it(`refuses a header whose signer states ${what}`, async () => {
      match(await faultOf(replaced(0, canonicalize(headerOf(FEEDS, CAROL, lie)))), /^export_root at line 1/);
    });
  }

  /** Three entries of Alice, signed, of which the last is made as if it were the first that comes after nothing. */
  function forgetful(what: 'timestampMs' | 'nonce'): SampleFeed {
    const { entries, head } = feedOf(ALICE, numbered(2));
    const tip = { ...head, [what]: what === 'nonce' ? new Uint8Array(16) : 0 };
    const last = authorEntry(
      authorOf(ALICE),
      tip,
      { type: 'RECEIPT', body: { payload: {} } },
      what === 'nonce' ? EPOCH_MS * 2 : 1,
    );
    const peaks = appendLeaves(head.peaks, head.size, [last.hash]).peaks;
    return { entries: [...entries, last], head: { ...head, size: 3, hash: last.hash, peaks } };
  }

  it('refuses an entry of an earlier time, or a nonce used before, with everything else in order', async () => {
    match(await faultOf(exportLines([forgetful('timestampMs')])), /^timestamp_decreases at line 4/);
    match(await faultOf(exportLines([forgetful('nonce')])), /^nonce_not_increasing at line 4/);
  });

  it('refuses a file that ends inside a line, in the middle of an entry too', async () => {
    const text = textOf(lines);
    equal((await verify(text.slice(0, -1))).faults[0]?.code, 'line_cut_off');
    equal((await verify(text.slice(0, -300))).verified, false);
  });

  it('refuses another federation than the pinned one', async () => {
    equal((await verify(textOf(lines), OPEN_FEDERATION)).faults[0]?.code, 'wrong_federation');
  });

  it('refuses what somebody signed who may not write, with everything else in order', async () => {
    const feeds = sorted([feedOf(ALICE, numbered(3)), feedOf(MALLORY, numbered(2))]);
    const at = feeds.findIndex(({ head }) => head.origin === MALLORY.peer);
    match(
      await faultOf(exportLines(feeds)),
      new RegExp(`^not_a_writer at line ${at === 0 ? 2 : 5}, ${MALLORY.peer}, seq 0$`),
    );
  });

  it('refuses a root signed by another than it names', async () => {
    const forged = { ...headerOf(FEEDS, MALLORY), statement: header['statement'] ?? '' };
    match(await faultOf(replaced(0, canonicalize(forged))), /^signature_invalid at line 1/);
  });

  it('names faults of every feed, and counts no consequence of one twice', async () => {
    const { faultCount, faults } = await verify(textOf(changedEntry(3, { hash: '0'.repeat(64) }).with(45, '{}')));
    equal(faultCount, 2);
    deepEqual(
      faults.map(({ place }) => place.split(',')[0]),
      ['line 4', 'line 46'],
    );
  });

  /** A part: the second feed alone, from an entry on. */
  function partLines(from: number, feed: SampleFeed | undefined = FEEDS[1]): string[] {
    if (feed === undefined) throw new RangeError('no feed');
    const { origin, log } = feed.head;
    const before = admit(emptyHead(origin, log), feed.entries.slice(0, from), Number.POSITIVE_INFINITY).head;
    const parts = [{ origin, from, peaks: before.peaks.map(toHex) }];
    const entries = feed.entries.slice(from).map((_, i) => flatOf(feed, from + i));
    return [{ ...header, parts }, ...entries].map((line) => canonicalize(line));
  }

  it('takes a part, up to the signed root', async () => {
    for (const from of [0, 1, 5, 7, 16, 19]) {
      const { verified, faults, summary } = await verify(textOf(partLines(from)));
      deepEqual(faults, []);
      deepEqual([verified, summary?.partial, summary?.entries], [true, true, (FEEDS[1]?.head.size ?? 0) - from]);
    }
  });

  it('refuses a part whose beginning does not fit', async () => {
    const part = partLines(7);
    match(await faultOf(part.toSpliced(1, 1)), /^entry_out_of_place at line 2/);
    const [head = '', ...rest] = part;
    const changed = JSON.parse(head);
    changed.parts[0].peaks[0] = '0'.repeat(64);
    match(await faultOf([canonicalize(changed), ...rest]), /^feed_root_mismatch at feed of/);
    changed.parts[0].peaks.pop();
    match(await faultOf([canonicalize(changed), ...rest]), /^merkle_peaks at line 2/);
  });
});
