/** Two nodes as processes, driven by nothing but the command. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment, MAIN, type Outcome, run } from '../unit/cli/run.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/receipts.jsonl', import.meta.url));
const EXAMPLE_COUNT = 104;
const LINE_MS_MAX = 30_000;

/** A command that goes on, read line by line. */
class Running {
  readonly child: ChildProcess;
  readonly #lines: Interface;
  readonly closed: Promise<number | null>;
  readonly #seen: string[] = [];
  #errors = '';

  constructor(args: readonly string[], cwd: string) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error('no pipes');
    this.#lines = createInterface({ input: stdout });
    this.#lines.on('line', (line) => this.#seen.push(line));
    stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errors = (this.#errors + chunk).slice(-4000);
    });
    this.closed = new Promise((resolve) => this.child.on('close', resolve));
  }

  /** The first lines of standard output, as soon as there are so many. */
  async lines(count: number): Promise<string[]> {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`${this.#seen.length} of ${count} lines came; ${this.#errors}`));
      }, LINE_MS_MAX);
      const look = (): void => {
        if (this.#seen.length < count) return;
        clearTimeout(late);
        this.#lines.off('line', look);
        resolve();
      };
      this.#lines.on('line', look);
      void this.closed.then(() => reject(new Error(`it ended; ${this.#errors}`)));
      look();
    });
    return this.#seen.slice(0, count);
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return await this.closed;
  }
}

/** A way to a port that can be cut. */
class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly port: number;

  private constructor(server: Server, port: number, target: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (near) => {
      const far = connect(target, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => other.destroy()); // cut on purpose: the other end hears of it
        one.on('close', () => other.destroy());
        one.pipe(other);
      }
    });
  }

  static async to(target: number): Promise<Wire> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new Wire(server, address.port, target);
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}

describe('two nodes and the command', function () {
  this.timeout(120_000);
  let cwd = '';
  let running: Running[] = [];

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'tessrax-nodes-'));
    const [a, b] = [await makeNode('a'), await makeNode('b')];
    const made = await tessrax(
      'federation',
      'create',
      '--name',
      'Two',
      '--witness',
      `${a}@Alpha`,
      '--witness',
      `${b}@Beta`,
      '--out',
      'a/federation.json',
    );
    equal(made.code, 0, made.err);
    await copyFile(join(cwd, 'a/federation.json'), join(cwd, 'b/federation.json'));
  });
  afterEach(async () => {
    await Promise.all(running.map((each) => each.end('SIGKILL')));
    running = [];
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  const tessrax = (...args: readonly string[]): Promise<Outcome> => run(args, { cwd });

  /** What a command prints; it must succeed. */
  async function output(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await tessrax(...args);
    equal(code, 0, `tessrax ${args.join(' ')}: ${err}${out}`);
    return out;
  }

  async function makeNode(dir: string): Promise<string> {
    return JSON.parse(await output('init', '--dir', dir, '--json')).peer_id;
  }

  function begin(...args: readonly string[]): Running {
    const each = new Running(args, cwd);
    running.push(each);
    return each;
  }

  interface Up {
    readonly node: Running;
    readonly address: string;
    readonly peer: string;
  }

  async function start(dir: string, bootstrap?: string): Promise<Up> {
    const more = bootstrap === undefined ? [] : ['--bootstrap', bootstrap];
    const network = ['--listen', '/ip4/127.0.0.1/tcp/0', '--api', '127.0.0.1:0', '--no-mdns', '--dht', 'off'];
    const node = begin('start', '--dir', dir, '--json', ...network, '--log-level', 'warn', ...more);
    const [line = ''] = await node.lines(1);
    const { addresses, peer_id: peer } = JSON.parse(line);
    return { node, address: addresses[0], peer };
  }

  it('says how to go on without key or federation file, and what is wrong with a setting', async () => {
    const [bare, keyed, wrong] = await Promise.all([
      tessrax('start', '--dir', 'bare'),
      output('init', '--dir', 'keyed').then(() => tessrax('start', '--dir', 'keyed')),
      tessrax('start', '--dir', 'a', '--listen', 'everywhere'),
    ]);
    deepEqual([bare.code, keyed.code, wrong.code], [2, 2, 2]);
    match(bare.err, /^tessrax: there is no keyfile .*\(tessrax init --dir .*bare makes one\) \[keyfile_missing\]\n$/);
    match(
      keyed.err,
      /^tessrax: cannot read the federation file .*tessrax federation create\) \[federation_missing\]\n$/,
    );
    match(wrong.err, /^tessrax: configuration: listen/);
  });

  it('append, import, follow, prove and export; everything verifies offline', async () => {
    const a = await start('a');
    const b = await start('b', a.address);
    const follower = begin('log', '--follow', '--json', '--dir', 'b', '--limit', '1000');

    const appended = await run(['append', '--dir', 'a', '--json'], {
      cwd,
      input: '{"greeting":"hello"}\n{"type":"RECEIPT","payload":{"n":2}}\n',
    });
    equal(appended.code, 0, appended.err);
    const stored = appended.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    deepEqual(
      stored.map(({ seq, origin }) => [seq, origin]),
      [
        [0, a.peer],
        [1, a.peer],
      ],
    );
    match(await output('import', EXAMPLES, '--dir', 'a'), /^imported 104 entries \(seq 2 to 105\)\n$/);

    const followed = (await follower.lines(EXAMPLE_COUNT + 2)).map((line) => JSON.parse(line));
    deepEqual(
      followed.map(({ seq }) => seq).sort((x, y) => x - y),
      Array.from({ length: EXAMPLE_COUNT + 2 }, (_, i) => i),
    );
    equal(await follower.end('SIGTERM'), null);

    const [statusA, statusB] = [
      await output('status', '--json', '--dir', 'a'),
      await output('status', '--json', '--dir', 'b'),
    ].map((text) => JSON.parse(text));
    deepEqual([statusB.height, statusB.root], [statusA.height, statusA.root]);
    match(await output('status', '--dir', 'b'), /^ledger {6}106 entries of 1 feed, \d+ final$/m);
    match(await output('peers', '--dir', 'b'), new RegExp(`^${a.peer}  connected `, 'm'));
    match(await output('journal', '--dir', 'b', '--limit', '1000'), /SYNC_CONFIRMED/);
    equal(
      (await output('log', '--dir', 'b', '--type', 'SCAR', '--json', '--limit', '1000')).trimEnd().split('\n').length,
      15,
    );

    const { hash } = stored[0];
    equal(JSON.parse(await output('show', hash, '--dir', 'b')).payload.greeting, 'hello');
    const missing = await tessrax('show', '0'.repeat(64), '--dir', 'b');
    deepEqual([missing.code, missing.out], [1, '']);

    await output('proof', hash, '--dir', 'b', '--out', 'proof.json');
    await writeFile(join(cwd, 'printed.json'), await output('proof', hash, '--dir', 'b'));
    await output('export', '--dir', 'b', '--out', 'all.jsonl');
    await writeFile(join(cwd, 'piped.jsonl'), await output('export', '--dir', 'b'));
    await output('export', '--dir', 'b', '--from', `${a.peer}:77`, '--out', 'part.jsonl');
    equal((await tessrax('export', '--dir', 'b', '--from', `${a.peer}:106`, '--out', 'none.jsonl')).code, 1);
    ok(!existsSync(join(cwd, 'none.jsonl')));

    const busy = await tessrax('verify', 'b');
    equal(busy.code, 2);
    match(busy.err, /the store in b is in use by pid/);
    deepEqual(await Promise.all([a.node.end('SIGTERM'), b.node.end('SIGINT')]), [0, 0]);
    ok(!existsSync(join(cwd, 'a/api.json')));
    equal((await tessrax('status', '--dir', 'a')).code, 3);

    const files = ['all.jsonl', 'piped.jsonl', 'part.jsonl', 'proof.json', 'printed.json', 'a', 'b'];
    const verified = await output('verify', '--federation', 'a/federation.json', ...files);
    for (const [i, line] of verified.trimEnd().split('\n').entries())
      ok(line.startsWith(`${files[i]}: verified: `), line);
    equal(verified.split(statusA.root).length - 1, files.length);
    equal((await readFile(join(cwd, 'part.jsonl'), 'utf8')).trimEnd().split('\n').length, 1 + 106 - 77);
  });

  it('leave a folder that verifies when they are killed, and start again on it', async () => {
    const { node } = await start('a');
    const appended = await run(['append', '--dir', 'a', '--json'], { cwd, input: '{"before":"the end"}' });
    const { seq, hash } = JSON.parse(appended.out);
    equal(await node.end('SIGKILL'), null);
    equal((await tessrax('status', '--dir', 'a')).code, 3); // the address in its folder leads nowhere now
    match(await output('verify', 'a'), new RegExp(`^a: verified: ${seq + 1} entries of 1 feed`));
    const again = await start('a');
    equal(JSON.parse(await output('show', hash, '--dir', 'a')).seq, seq);
    equal(await again.node.end('SIGTERM'), 0);
  });

  it('are followed over broken connections, and nothing is missed', async () => {
    await start('a');
    const { url } = JSON.parse(await readFile(join(cwd, 'a/api.json'), 'utf8'));
    const wire = await Wire.to(Number(new URL(url).port));
    const before = Number(JSON.parse(await output('status', '--json', '--dir', 'a')).height);
    const follower = begin('log', '--follow', '--json', '--limit', '1', '--api', `127.0.0.1:${wire.port}`);
    await follower.lines(1);
    for (let round = 1; round <= 3; round++) {
      wire.cut();
      await run(['append', '--dir', 'a'], { cwd, input: `{"round":${round}}\n{"round":${round}}` });
      await follower.lines(1 + 2 * round);
    }
    const seqs = (await follower.lines(7)).map((line) => JSON.parse(line).seq);
    deepEqual(
      seqs,
      Array.from({ length: 7 }, (_, i) => before - 1 + i),
    );
    wire.close();
    equal(await follower.closed, 3);
  });

  it('tell one sentence when the folder is taken', async () => {
    await start('a');
    const second = await tessrax('start', '--dir', 'a', '--listen', '/ip4/127.0.0.1/tcp/0', '--api', '127.0.0.1:0');
    equal(second.code, 1);
    match(second.err, /tessrax: the store in \S+ is in use by pid \d+/);
  });
});
