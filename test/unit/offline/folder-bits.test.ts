import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Verdict } from '../../../src/offline/context.ts';
import { verifyPath } from '../../../src/offline/verify-path.ts';
import { rememberingVerifier } from './sample.ts';
import { copyFolder, filesOf, makeFolder, recordsOf, removeFolder } from './sample-folder.ts';

/** What LevelDB tells people, and a file that is only there to be locked: no data in them. */
const HARMLESS = /^ledger\/LO(?:G|G\.old|CK)$/;
/** Bytes tried in each file: all of a small one. A run over about every 61st byte of all files found each of them. */
const POSITIONS_MAX = 12;

describe('verifying a data folder: bits', () => {
  const verifier = rememberingVerifier();
  let folder = '';
  let records: string[] = [];

  before(async () => {
    folder = await makeFolder();
    const copy = await copyFolder(folder);
    records = await recordsOf(copy);
    await removeFolder(copy);
  });
  after(() => removeFolder(folder));

  /** The verdict on a copy with one bit changed; the copy stays for a closer look. */
  async function flip(file: string, at: number): Promise<{ verdict: Verdict; copy: string }> {
    const copy = await copyFolder(folder);
    const bytes = await readFile(join(copy, file));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
    await writeFile(join(copy, file), bytes);
    return { verdict: await verifyPath(copy, { verifier }), copy };
  }

  it('has tables and a write-ahead log to damage', async () => {
    const files = await filesOf(folder);
    ok(files.some((file) => file.endsWith('.ldb')) && files.some((file) => file.endsWith('.log')));
  });

  it('finds one changed bit wherever it is, or it changed nothing', async function () {
    this.timeout(60_000);
    let found = 0;
    for (const file of (await filesOf(folder)).filter((name) => !HARMLESS.test(name))) {
      const { length } = await readFile(join(folder, file));
      const step = Math.max(1, Math.floor(length / POSITIONS_MAX));
      for (let at = 0; at < length; at += step) {
        const { verdict, copy } = await flip(file, at);
        if (verdict.verified)
          deepEqual(await recordsOf(copy), records, `${file}, byte ${at}: unseen, and not harmless`);
        else found++;
        await removeFolder(copy);
      }
    }
    ok(found > 55, `only ${found} found`);
  });

  it('finds damage that LevelDB does not look for: in filters and at the end of a table', async () => {
    for (const file of (await filesOf(folder)).filter((name) => name.endsWith('.ldb'))) {
      const { length } = await readFile(join(folder, file));
      for (let at = length - 600; at < length; at += 37) {
        const { verdict, copy } = await flip(file, at);
        equal(verdict.faults[0]?.code, 'file_damaged', `${file}, byte ${at}`);
        await removeFolder(copy);
      }
    }
  });

  it('does not mind what LevelDB tells people', async () => {
    const copy = await copyFolder(folder);
    await writeFile(join(copy, 'ledger/LOG'), 'anything');
    equal((await verifyPath(copy, { verifier })).verified, true);
    deepEqual(await recordsOf(copy), records);
    await removeFolder(copy);
  });
});
