/** `npm run test:page [-- --images]`: the dashboard in Chromium, against real nodes. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { findChromium } from './browser.ts';

const TIMEOUT_MS = 120_000;
const FOLDER = import.meta.dirname;
const PAGE = join(FOLDER, '../../dist/page/index.html');

const { values } = parseArgs({ options: { images: { type: 'boolean', default: false } } });

async function main(): Promise<number> {
  if (findChromium() === undefined) {
    process.stdout.write('skipped: no Chromium (apt-get install chromium, or name one with CHROMIUM=/path)\n');
    return 0;
  }
  await import('../../scripts/build-page.ts');
  if (!existsSync(PAGE)) {
    process.stdout.write('skipped: the dashboard is not built here\n');
    return 0;
  }
  const mocha = new Mocha({ timeout: TIMEOUT_MS, bail: false });
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.test.ts')).sort();
  for (const file of files) mocha.addFile(join(FOLDER, file));
  if (values.images) mocha.addFile(join(FOLDER, 'images.ts'));
  await mocha.loadFilesAsync();
  return await new Promise((resolve) => mocha.run(resolve));
}

process.exit((await main()) === 0 ? 0 : 1);
