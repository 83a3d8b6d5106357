import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { openMarker } from '../../../src/identity/marker.ts';

describe('marker of signed entries (R-97)', () => {
  let directory: string;
  let keyfile: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-marker-'));
    keyfile = join(directory, 'node.key');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is absent at first, and remembers the largest size', async () => {
    const marker = await openMarker(keyfile);
    assert.equal(marker.signed, undefined);
    await Promise.all([marker.advance(3), marker.advance(12), marker.advance(7)]);
    await marker.close();
    const again = await openMarker(keyfile);
    assert.equal(again.signed, 12);
    await again.close();
  });

  it('never goes back', async () => {
    const marker = await openMarker(keyfile);
    await marker.advance(100);
    await marker.advance(9);
    await marker.close();
    assert.equal(await readFile(`${keyfile}.signed`, 'utf8'), '0000000000000100\n');
  });

  it('says it on the disk before it resolves', async () => {
    const marker = await openMarker(keyfile);
    await marker.advance(5);
    assert.equal(Number(await readFile(`${keyfile}.signed`, 'utf8')), 5);
    await marker.close();
    assert.equal((await stat(`${keyfile}.signed`)).mode & 0o077, 0);
  });

  for (const text of ['12\n', '00000000000000x2\n', '-000000000000001\n', '0000000000000012', '9999999999999999\n']) {
    it(`refuses ${JSON.stringify(text)}`, async () => {
      await writeFile(`${keyfile}.signed`, text);
      await assert.rejects(openMarker(keyfile), { code: 'marker_invalid' });
    });
  }
});
