import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256 } from '#sha256';
import { importLedgers, type LedgerFile, reportTable } from '../../../scripts/tessrax-import.ts';
import { toHex } from '../../../src/core/bytes.ts';
import { bodyRefusal } from '../../../src/core/entry/examine.ts';
import { parseStrict } from '../../../src/core/entry/strict-json.ts';
import { isObject } from '../../../src/core/entry/types.ts';
import { BODY_BYTES_MAX, BODY_DEPTH_MAX } from '../../../src/core/limits.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const FIXTURES = join(ROOT, 'test', 'fixtures', 'ledgers');
const SOURCES = join(ROOT, '..', 'shared', 'data', 'tessrax');
const SCRIPT = join(ROOT, 'scripts', 'import-tessrax.ts');

async function ledgersOf(folder: string): Promise<LedgerFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })));
}

/** The lines of one file's text, and what was refused. */
function importText(text: string) {
  const { lines, reports } = importLedgers([{ name: 'a.jsonl', text }]);
  return { lines, refused: reports[0]?.refused ?? [] };
}

describe('import of Tessrax ledgers', () => {
  it('maps a ledger with every oddity, in order, and accounts for each record', async () => {
    const { lines, reports } = importLedgers(await ledgersOf(FIXTURES));
    assert.deepEqual(lines, [
      '{"type":"RECEIPT","payload":{}}',
      '{"type":"RECEIPT","payload":{"title":"Audit","score":"0.94"}}',
      '{"type":"RECEIPT","payload":{"score":"0.94","title":"Audit"}}',
      '{"type":"SCAR","id":"f13b56e4d7607fd7f7d7e4417314999ea55bf5815bba9dc209722653e08c19ae","origin_event":"contradiction/node_0",' +
        '"resolution":"quarantine","summary":"contradiction recorded by node_0","author":"engine",' +
        '"verdict_hash":"f13b56e4d7607fd7f7d7e4417314999ea55bf5815bba9dc209722653e08c19ae","reviewers":[],"payload":{"event":"contradiction",' +
        '"hash":"f13b56e4d7607fd7f7d7e4417314999ea55bf5815bba9dc209722653e08c19ae","node":"node_0"}}',
      '{"type":"SCAR","id":"d-1","origin_event":"drift-1, drift-2","resolution":"quarantine","summary":"Within thresholds.","author":"engine",' +
        `"verdict_hash":"${DECISION_HASH}","reviewers":[],"payload":{"event_type":"CONTRADICTION_DECISION","decision_id":"d-1",` +
        '"rationale":"Within thresholds.","contradiction_ids":["drift-1","drift-2"],"hash":"not a hash"}}',
      '{"type":"RECEIPT","payload":{"event":"build_complete","laws":["AEP-001","POST-AUDIT-001"]}}',
      '{"type":"SCAR","id":"CLOSURE-1","origin_event":"SCAR-001","resolution":"reform","summary":"Locks added.","author":"engine",' +
        `"verdict_hash":"${CLOSURE_HASH}","reviewers":[],"payload":{"receipt_id":"CLOSURE-1","resolved_scars":["SCAR-001"],"summary":"Locks added."}}`,
      '{"type":"RECEIPT","payload":{"receipt_id":"CLOSURE-2","resolved_scars":[],"summary":"Nothing was closed."}}',
      '{"type":"RECEIPT","payload":{"event":"contradiction","hash":"00"}}',
      '{"type":"RECEIPT","payload":{"about":"a record that speaks of a contradiction"}}',
      '{"type":"RECEIPT","payload":{"after":"the one that never ends"}}',
      '{"type":"RECEIPT","payload":{"receipt_id":"PRETTY-1","consensus_before":0.5,"braces":"{[ \\" }","timestamp":1762381410.6312633}}',
    ]);
    const [mixed, pretty] = reports;
    assert.deepEqual(pretty, {
      name: 'pretty.jsonl',
      records: 1,
      receipts: 1,
      scars: 0,
      empty: 0,
      repeats: 0,
      refused: [],
      firstLine: 12,
      lastLine: 12,
    });
    const { refused = [], ...counts } = mixed ?? {};
    assert.deepEqual(counts, {
      name: 'mixed.jsonl',
      records: 16,
      receipts: 8,
      scars: 3,
      empty: 1,
      repeats: 1,
      firstLine: 1,
      lastLine: 11,
    });
    assert.deepEqual(
      refused.map(({ line, lastLine }) => [line, lastLine]),
      [
        [14, 14],
        [15, 15],
        [16, 16],
        [17, 17],
        [18, 18],
      ],
    );
    const reasons = [/json_number_inexact/, /json_duplicate_key/, /not an object/, /json_syntax/, /json_syntax/];
    for (const [i, reason] of reasons.entries()) assert.match(refused[i]?.reason ?? '', reason);
  });

  it('makes lines that a node would sign', async () => {
    for (const line of importLedgers(await ledgersOf(FIXTURES)).lines) {
      const value = parseStrict(line);
      assert.ok(isObject(value));
      const { type, ...body } = value;
      assert.equal(typeof type, 'string');
      assert.equal(bodyRefusal(String(type), 'ledger', body), undefined);
    }
  });

  it('counts a repeat across files, whatever the order of the members', () => {
    const { lines, reports } = importLedgers([
      { name: 'b.jsonl', text: '{"y":2,"x":1.0}\n{"x":1}' },
      { name: 'a.jsonl', text: '{"x":1,"y":2}' },
    ]);
    assert.equal(lines.length, 3);
    assert.deepEqual(
      reports.map(({ name, repeats }) => [name, repeats]),
      [
        ['a.jsonl', 0],
        ['b.jsonl', 1],
      ],
    );
  });

  it('reads lines that end in CR LF and a last line without an end', () => {
    assert.deepEqual(importText('{"a":1}\r\n\r\n{"b":\r\n2}').lines, [
      '{"type":"RECEIPT","payload":{"a":1}}',
      '{"type":"RECEIPT","payload":{"b":2}}',
    ]);
  });

  it('refuses a body that is too large or too deep, and keeps its neighbours', () => {
    const large = JSON.stringify({ text: 'x'.repeat(BODY_BYTES_MAX) });
    const deep = `${'{"a":'.repeat(BODY_DEPTH_MAX)}1${'}'.repeat(BODY_DEPTH_MAX)}`;
    const { lines, refused } = importText(`{"a":1}\n${large}\n${deep}\n{"b":2}\n`);
    assert.equal(lines.length, 2);
    assert.deepEqual(
      refused.map(({ line }) => line),
      [2, 3],
    );
    assert.match(refused[0]?.reason ?? '', /at most 65536/);
    assert.match(refused[1]?.reason ?? '', /json_too_deep/);
  });

  it('refuses an object with more than JSON behind it, and two on one line', () => {
    const { lines, refused } = importText('{"a":1} # note\n{"a":1}{"b":2}\nplain text\n]\n');
    assert.deepEqual(lines, []);
    assert.deepEqual(
      refused.map(({ line }) => line),
      [1, 2, 3, 4],
    );
  });

  it('names the place of every refusal below the table', () => {
    const { reports } = importLedgers([{ name: 'a.jsonl', text: '{"a":1}\nnonsense\n{\n"a": 1e999\n}' }]);
    const table = reportTable(reports);
    assert.match(table, /^\| `a\.jsonl` \| 3 \| 1 \| 0 \| 0 \| 0 \| 2 \| 1–1 \|$/m);
    assert.match(table, /^\| all \| 3 \| 1 \| 0 \| 0 \| 0 \| 2 \| 1–1 \|$/m);
    assert.match(table, /^- `a\.jsonl` line 2: /m);
    assert.match(table, /^- `a\.jsonl` lines 3–5: .*json_number_inexact/m);
  });
});

/** SHA-256 of the canonical JSON, written out here by hand. */
const DECISION_HASH = toHex(
  sha256(
    '{"contradiction_ids":["drift-1","drift-2"],"decision_id":"d-1","event_type":"CONTRADICTION_DECISION","hash":"not a hash","rationale":"Within thresholds."}',
  ),
);
const CLOSURE_HASH = toHex(sha256('{"receipt_id":"CLOSURE-1","resolved_scars":["SCAR-001"],"summary":"Locks added."}'));

describe('scripts/import-tessrax.ts', () => {
  let out = '';
  before(async () => {
    out = await mkdtemp(join(tmpdir(), 'tessrax-import-'));
  });
  after(() => rm(out, { recursive: true }));

  it('wants a folder', async () => {
    await assert.rejects(promisify(execFile)(process.execPath, [SCRIPT]), { code: 2 });
  });

  it('exits with 1 when it refused a record, and has written the rest', async () => {
    const folder = join(out, 'refusing');
    await promisify(execFile)('cp', ['-r', FIXTURES, folder]);
    await writeFile(join(folder, 'LICENSE'), 'a licence\n');
    await writeFile(join(folder, 'README.md'), 'before\n<!-- account: begin -->\nold\n<!-- account: end -->\nafter\n');
    await assert.rejects(promisify(execFile)(process.execPath, [SCRIPT, folder, folder]), { code: 1 });
    const readme = await readFile(join(folder, 'README.md'), 'utf8');
    assert.match(
      readme,
      /^before\n<!-- account: begin -->\n\| file [\s\S]*`mixed\.jsonl` line 14[\s\S]*\n<!-- account: end -->\nafter\n$/,
    );
    assert.equal((await readFile(join(folder, 'receipts.jsonl'), 'utf8')).split('\n').length, 13);
  });

  it('makes what is in examples/ of the published ledgers', async function () {
    if (!existsSync(SOURCES)) this.skip();
    await writeFile(join(out, 'README.md'), await readFile(join(ROOT, 'examples', 'README.md')));
    await promisify(execFile)(process.execPath, [SCRIPT, SOURCES, out]);
    for (const name of ['receipts.jsonl', 'README.md', 'LICENSE']) {
      assert.equal(await readFile(join(out, name), 'utf8'), await readFile(join(ROOT, 'examples', name), 'utf8'), name);
    }
  });
});

describe('examples/receipts.jsonl', () => {
  it('holds the 104 records, 15 of them SCARs, as entries that a node signs', async () => {
    const lines = (await readFile(join(ROOT, 'examples', 'receipts.jsonl'), 'utf8')).trimEnd().split('\n');
    const types = lines.map((line) => {
      const value = parseStrict(line);
      assert.ok(isObject(value));
      const { type, ...body } = value;
      assert.equal(bodyRefusal(String(type), 'ledger', body), undefined, line);
      return type;
    });
    assert.equal(types.length, 104);
    assert.equal(types.filter((type) => type === 'SCAR').length, 15);
    assert.equal(types.filter((type) => type === 'RECEIPT').length, 89);
  });
});
