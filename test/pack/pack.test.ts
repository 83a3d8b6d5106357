/** The package as others get it: packed, installed into an empty folder, used from TypeScript and as a command. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cleanEnvironment } from '../unit/cli/run.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/** Strict, and with the types of the package checked too. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    noEmit: true,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    types: ['node'],
  },
  include: ['*.ts'],
};

/** Compiles only when the types are those that the documentation promises. */
const CONSUMER = `
import { createNode, type JsonObject, type LiveEvent, TessraxClient, TessraxError, type TessraxNode } from '@tessrax/federation';

export async function use(node: TessraxNode): Promise<string> {
  const [appended] = await node.append([{ type: 'RECEIPT', payload: { n: 1 } }]);
  const hash: string = appended?.hash ?? '';
  const entry: JsonObject | undefined = await node.get(hash);
  await node.synced({ timeoutMs: 1000 });
  for await (const event of node.events()) {
    const seen: LiveEvent = event;
    if (seen.name === 'sync') return seen.peer + String(entry);
  }
  return hash;
}

export async function ask(url: string): Promise<number> {
  const client = new TessraxClient(url, { token: 'secret' });
  const { entries, next } = await client.receipts({ limit: 10, type: 'SCAR' });
  const cursor: string | null = next;
  const first = entries[0];
  const seq: number = first === undefined ? 0 : first.seq;
  // @ts-expect-error: there is no such member
  entries[0]?.sequence.toFixed();
  // @ts-expect-error: a limit is a number
  await client.receipts({ limit: '10' });
  // @ts-expect-error: no such setting
  await createNode({ directory: 'x', apiPort: 1 });
  return seq + String(cursor).length + new TessraxError('code', 'message').code.length;
}
`;

describe('the package', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessrax-pack-'));
    const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], ROOT);
    const [{ filename, files }]: [{ filename: string; files: { path: string }[] }] = JSON.parse(
      packed.slice(packed.search(/^\[$/m)), // behind what the builds print
    );
    const paths = files.map(({ path }) => path);
    ok(
      paths.includes('dist/index.d.ts') &&
        paths.includes('dist/page/index.html') &&
        paths.includes('README.md') &&
        paths.includes('LICENSE'),
      paths.join(' '),
    );
    deepEqual(
      paths.filter((path) => /^(?:src|test|bench|\.)/.test(path)),
      [],
    );
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    await run('npm', ['install', `./${filename}`, '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'], folder);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('compiles in strict TypeScript, with its example', async () => {
    await writeFile(join(folder, 'consumer.ts'), CONSUMER);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    await copyFile(join(ROOT, 'examples/embed.ts'), join(folder, 'embed.ts'));
    equal(await run(process.execPath, [TSC, '--project', 'tsconfig.json'], folder), '');
  });

  it('brings the command', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    match(await tessrax('--version'), new RegExp(version.replaceAll('.', '\\.')));
    const { peer_id: peer } = JSON.parse(await tessrax('init', '--dir', 'embedded', '--json'));
    const out = 'embedded/federation.json';
    await tessrax('federation', 'create', '--name', 'Example', '--witness', `${peer}@Example`, '--out', out);
  });

  it('runs its example: a node inside a program', async () => {
    const output = await run(process.execPath, ['embed.ts', 'embedded'], folder);
    match(output, /^stored: RECEIPT [0-9a-f]{16}… at 0$/m);
    match(output, /^final: \{.*"payload":\{"job":"nightly","ok":true\}/m);
    match(output, /^refused: schema_violation \(entry 1\): /m);
    match(output, /^height 1, final 1$/m);
    match(await tessrax('verify', 'embedded'), /^embedded: verified: 1 entry of 1 feed/);
  });

  const tessrax = (...args: readonly string[]): Promise<string> =>
    run(process.execPath, [join(folder, 'node_modules/.bin/tessrax'), ...args], folder);
});

/** What a program prints; it must succeed. */
async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const options = { cwd, env: cleanEnvironment(), maxBuffer: OUTPUT_BYTES_MAX };
  try {
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error instanceof Error ? { stdout: '', stderr: '', ...error } : {};
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
