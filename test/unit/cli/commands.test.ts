import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFederation } from '../../../src/core/federation/genesis.ts';
import { ALICE, BOB } from '../core/fixtures.ts';
import { exportLines, textOf } from '../offline/sample.ts';
import { type Outcome, run } from './run.ts';

describe('the tessrax command', function () {
  this.timeout(60_000); // dozens of processes, on machines that do other things too
  let cwd = '';
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'tessrax-cli-'));
  });
  after(() => rm(cwd, { recursive: true }));

  const tessrax = (...args: readonly string[]): Promise<Outcome> => run(args, { cwd });

  /** One line on standard error, nothing on standard output. */
  async function expectError(code: number, pattern: RegExp, ...args: readonly string[]): Promise<void> {
    const outcome = await tessrax(...args);
    deepEqual([outcome.code, outcome.out], [code, ''], outcome.err);
    match(outcome.err, pattern);
    match(outcome.err, /^tessrax: [^\n]+\n$/);
  }

  it('names its commands and exit codes', async () => {
    const { code, out } = await tessrax('--help');
    equal(code, 0);
    for (const name of [
      'keygen',
      'federation',
      'init',
      'start',
      'append',
      'import',
      'export',
      'log',
      'show',
      'proof',
      'verify',
      'status',
      'peers',
      'journal',
    ]) {
      match(out, new RegExp(`^  ${name} `, 'm'));
    }
    match(out, /0 done, 1 the answer is no, 2 wrong usage, 3 cannot reach the node/);
  });

  it('has an example in the help of a command', async () => {
    const { code, out } = await tessrax('start', '--help');
    equal(code, 0);
    match(out, /--bootstrap <multiaddr>/);
    match(out, /Example:\n {2}tessrax start /);
  });

  it('refuses wrong usage in one line, with exit code 2', async () => {
    await Promise.all([
      expectError(2, /a command is missing/),
      expectError(2, /unknown command 'stat'/, 'stat'),
      expectError(2, /'choice' \(see: tessrax governance vote --help\)/, 'governance', 'vote', 'abc'),
      expectError(2, /unknown option '--bogus' \(see: tessrax append --help\)/, 'append', '--bogus'),
      expectError(2, /is not a receipt hash/, 'show', '12ab'),
    ]);
  });

  it('makes a key once, and never over another', async () => {
    const made = await tessrax('keygen', '--out', 'a.key', '--json');
    equal(made.code, 0);
    const { peer_id: peer } = JSON.parse(made.out);
    equal((await stat(join(cwd, 'a.key'))).mode & 0o777, 0o600);
    deepEqual(await tessrax('id', '--key', 'a.key'), { code: 0, out: `${peer}\n`, err: '' });
    const before = await readFile(join(cwd, 'a.key'));
    await expectError(1, /a\.key exists and is never overwritten/, 'keygen', '--out', 'a.key');
    deepEqual(await readFile(join(cwd, 'a.key')), before);
  });

  it('makes and shows a federation file', async () => {
    const args = [
      '--name',
      'Demo',
      '--witness',
      `${ALICE.peer}@Alpha`,
      '--witness',
      BOB.peer,
      '--out',
      'federation.json',
    ];
    const made = await tessrax('federation', 'create', ...args, '--threshold', '2', '--open', '50', '--json');
    equal(made.code, 0, made.err);
    const federation = readFederation(JSON.parse(await readFile(join(cwd, 'federation.json'), 'utf8')));
    const { writers } = federation;
    deepEqual([federation.threshold, writers], [2, { mode: 'open', quota: 50 }]);
    equal(JSON.parse(made.out).id, federation.id);
    const { out } = await tessrax('federation', 'show', 'federation.json');
    for (const text of [federation.id, 'Demo', '2 of 2 witnesses', `${ALICE.peer}  Alpha`, 'anybody, 50 entries each'])
      ok(out.includes(text), text);
    await expectError(1, /exists and is never overwritten/, 'federation', 'create', ...args);
    await expectError(
      2,
      /"bob" is not the peer ID/,
      'federation',
      'create',
      '--name',
      'X',
      '--witness',
      'bob',
      '--out',
      'x.json',
    );
  });

  it('makes a folder for a node, and keeps what is there', async () => {
    const first = await tessrax('init', '--dir', 'node');
    equal(first.code, 0, first.err);
    match(first.out, /made node\/node\.key: 12D3KooW/);
    match(first.out, /Next: [\s\S]*tessrax federation create [\s\S]*tessrax start --dir node/);
    const files = [join(cwd, 'node/node.key'), join(cwd, 'node/config.yaml')];
    const before = await Promise.all(files.map((file) => readFile(file)));
    match((await tessrax('init', '--dir', 'node')).out, /^kept node\/node\.key/);
    deepEqual(await Promise.all(files.map((file) => readFile(file))), before);
  });

  it('has exit code 2 for what another start would not mend', async () => {
    await expectError(
      2,
      /there is no keyfile .*tessrax init --dir .* makes one.*\[keyfile_missing\]/,
      'start',
      '--dir',
      'absent',
    );
  });

  it('says how to go on without a node', async () => {
    await mkdir(join(cwd, 'bare'));
    await Promise.all([
      expectError(3, /no node runs in bare \(start it: tessrax start --dir bare/, 'status', '--dir', 'bare'),
      expectError(3, /cannot reach the node at http:\/\/127\.0\.0\.1:1: /, 'status', '--api', '127.0.0.1:1'),
    ]);
  });

  it('verifies what it is given, and tells by its exit code', async () => {
    const lines = exportLines();
    await writeFile(join(cwd, 'good.jsonl'), textOf(lines));
    await writeFile(join(cwd, 'bad.jsonl'), textOf(lines.toSpliced(4, 1)));
    const [good, bad, missing] = await Promise.all([
      tessrax('verify', 'good.jsonl'),
      tessrax('verify', 'good.jsonl', 'bad.jsonl', '--json'),
      tessrax('verify', 'bad.jsonl', 'missing.jsonl'),
    ]);
    equal(good.code, 0, good.err);
    match(
      good.out,
      /^good\.jsonl: verified: 50 entries of 2 feeds, root [0-9a-f]{64}, signed by 12D3KooW\w+ \(Gamma\)/,
    );
    equal(bad.code, 1);
    const [first, second] = bad.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    deepEqual([first.verified, second.verified], [true, false]);
    match(second.faults[0].place, /^line 5, /);
    equal(missing.code, 2);
    match(missing.err, /there is no file missing\.jsonl/);
    match(missing.out, /^bad\.jsonl: NOT VERIFIED: \d+ faults? in this export\n {2}line 5, .* \[chain_broken\]/);
  });

  it('refuses to import a file with a bad line before it looks for a node', async () => {
    await writeFile(join(cwd, 'mixed.jsonl'), '{"a":1}\n\n{"a":1,"a":2}\n{"type":"bad"}\n');
    const { code, err } = await tessrax('import', 'mixed.jsonl', '--dir', 'bare');
    equal(code, 1);
    const lines = err.trimEnd().split('\n');
    match(lines[0] ?? '', /^mixed\.jsonl: line 3, column 8: /);
    match(lines[1] ?? '', /^mixed\.jsonl: line 4: "bad" is not an entry type/);
    match(lines[2] ?? '', /^tessrax: 2 lines of mixed\.jsonl cannot be entries; nothing was sent/);
    const skipping = await tessrax('import', 'mixed.jsonl', '--skip-bad', '--dir', 'bare');
    equal(skipping.code, 3);
  });

  it('has nothing to append without input, and says where its JSON is wrong', async () => {
    const wrong = await run(['append'], { cwd, input: '{"a":1}\n{"b":}\n' });
    deepEqual([wrong.code, wrong.out], [1, '']);
    match(wrong.err, /line 2, column 6: "}" stands where a value should be/);
    const indented = await run(['append'], { cwd, input: '{\n  "a": 1,\n  "b": }\n' });
    match(indented.err, /line 3, column 8: /);
    notEqual((await run(['append'], { cwd, input: '  \n' })).code, 0);
  });
});
