import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { MARKER_BLOCK_ENTRIES } from '../../../src/core/limits.ts';
import { openMarker } from '../../../src/identity/marker.ts';

const BOOT = 'b5b5ad60-1c2f-4d8c-9c1b-0d1d4f6f6a01';
const NEXT_BOOT = 'b5b5ad60-1c2f-4d8c-9c1b-0d1d4f6f6a02';

describe('marker of signed entries (R-97)', () => {
  let directory: string;
  let keyfile: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-marker-'));
    keyfile = join(directory, 'node.key');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const text = () => readFile(`${keyfile}.signed`, 'utf8');
  const line = (count: number, bound: number, boot: string) =>
    `${String(count).padStart(16, '0')} ${String(bound).padStart(16, '0')} ${boot.padEnd(36)}\n`;

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
    const marker = await openMarker(keyfile, { boot: BOOT });
    await marker.advance(100);
    await marker.advance(9);
    await marker.close();
    assert.equal(await text(), line(100, 100, BOOT));
  });

  it('says it, and what it may become, before it resolves', async () => {
    const marker = await openMarker(keyfile, { boot: BOOT });
    await marker.advance(5);
    assert.equal(await text(), line(5, 5 + MARKER_BLOCK_ENTRIES, BOOT));
    await marker.advance(5 + MARKER_BLOCK_ENTRIES);
    assert.equal(await text(), line(5 + MARKER_BLOCK_ENTRIES, 5 + MARKER_BLOCK_ENTRIES, BOOT));
    await marker.advance(6 + MARKER_BLOCK_ENTRIES);
    assert.equal(await text(), line(6 + MARKER_BLOCK_ENTRIES, 6 + 2 * MARKER_BLOCK_ENTRIES, BOOT));
    await marker.close();
    assert.equal((await stat(`${keyfile}.signed`)).mode & 0o077, 0);
  });

  it('is exact after a process that was killed', async () => {
    await writeFile(`${keyfile}.signed`, line(7, 1029, BOOT));
    const marker = await openMarker(keyfile, { boot: BOOT });
    assert.equal(marker.signed, 7);
    await marker.close();
    assert.equal(await text(), line(7, 7, BOOT));
  });

  it('says the most that may have been signed after the system ended under it, until the node writes again', async () => {
    await writeFile(`${keyfile}.signed`, line(7, 1029, BOOT));
    const marker = await openMarker(keyfile, { boot: NEXT_BOOT });
    assert.equal(marker.signed, 1029);
    assert.equal(marker.counted, 7, 'and the least, which is certain');
    await marker.close();
    assert.equal(await text(), line(7, 1029, BOOT));
    const again = await openMarker(keyfile, { boot: NEXT_BOOT });
    assert.equal(again.signed, 1029);
    await again.advance(41);
    assert.equal(await text(), line(41, 1029, NEXT_BOOT));
    await again.close();
    assert.equal(await text(), line(41, 41, NEXT_BOOT));
  });

  it('is exact after an orderly end, whatever came then', async () => {
    const marker = await openMarker(keyfile, { boot: BOOT });
    await marker.advance(5);
    await marker.close();
    const again = await openMarker(keyfile, { boot: NEXT_BOOT });
    assert.equal(again.signed, 5);
    await again.close();
  });

  it('reserves nothing where the run of the system has no name', async () => {
    const marker = await openMarker(keyfile, { boot: undefined });
    await marker.advance(5);
    assert.equal(await text(), line(5, 5, '-'));
    await marker.close();
    const again = await openMarker(keyfile, { boot: undefined });
    assert.equal(again.signed, 5);
    await again.close();
  });

  for (const wrong of [
    '12\n',
    line(5, 4, BOOT),
    line(5, 6, BOOT).trimEnd(),
    line(5, 6, BOOT).replace('5', 'x'),
    line(5, 6, BOOT).replace('0', '-'),
    line(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1, BOOT),
    line(5, 6, ''),
    `${line(5, 6, BOOT)}\n`,
  ]) {
    it(`refuses ${JSON.stringify(wrong)}`, async () => {
      await writeFile(`${keyfile}.signed`, wrong);
      await assert.rejects(openMarker(keyfile), { code: 'marker_invalid' });
    });
  }
});
