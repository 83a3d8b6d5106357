/** What is published: dist/, JavaScript and types of src/. `#sha256` leads into dist there, by a package.json of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

// The dashboard beside it is built by scripts/build-page.ts.
for (const name of existsSync(DIST) ? await readdir(DIST) : []) {
  if (name !== 'page') await rm(join(DIST, name), { recursive: true });
}
const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
// What a failed build says is no part of what `npm pack --json` prints.
const compiler = spawn(process.execPath, [tsc, '--project', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: ['ignore', 2, 2],
});
const [code] = await once(compiler, 'close');
if (code !== 0) process.exit(1);
const { imports, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const built = JSON.parse(JSON.stringify(imports).replaceAll('./src/', './').replaceAll('.ts"', '.js"'));
await writeFile(
  join(DIST, 'package.json'),
  `${JSON.stringify({ type: 'module', version, imports: built }, null, 2)}\n`,
);
await chmod(join(DIST, 'cli/main.js'), 0o755);
