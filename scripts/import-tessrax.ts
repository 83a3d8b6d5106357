/**
 * Makes examples/ of the ledgers of the Tessrax project: `node scripts/import-tessrax.ts FOLDER [OUT]`. FOLDER holds the `.jsonl` files and their
 * LICENSE; OUT (default: examples) holds a README.md with the two marks between which the account goes. Exit code 1 when a record was refused.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importLedgers, type LedgerFile, reportTable } from './tessrax-import.ts';

const BEGIN = '<!-- account: begin -->';
const END = '<!-- account: end -->';

const [folder, out = join(import.meta.dirname, '..', 'examples')] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: node scripts/import-tessrax.ts FOLDER [OUT]\n');
  process.exit(2);
}

const { lines, reports } = importLedgers(await readLedgers(folder));
const table = reportTable(reports);
await writeFile(join(out, 'receipts.jsonl'), lines.map((line) => `${line}\n`).join(''));
await writeFile(join(out, 'LICENSE'), await readFile(join(folder, 'LICENSE')));
await writeFile(join(out, 'README.md'), withAccount(await readFile(join(out, 'README.md'), 'utf8'), table));
process.stdout.write(`${table}\n`);
if (reports.some(({ refused }) => refused.length > 0)) process.exitCode = 1;

async function readLedgers(path: string): Promise<LedgerFile[]> {
  const names = (await readdir(path)).filter((name) => name.endsWith('.jsonl'));
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  return Promise.all(names.map(async (name) => ({ name, text: utf8.decode(await readFile(join(path, name))) })));
}

function withAccount(readme: string, account: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`README.md lacks the marks ${BEGIN} and ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n${account}\n${readme.slice(end)}`;
}
