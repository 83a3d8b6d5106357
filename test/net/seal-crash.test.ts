/** A process that is killed at every write of a cut, an adoption and a revocation: its folder verifies, and it comes to the same end. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { verifyPath } from '../../src/offline/verify-path.ts';
import type { Verifier } from '../../src/ports.ts';
import { rememberingVerifier } from '../unit/offline/sample.ts';
import { openAlice, play, prepareFolder, type Scene, scriptOf } from '../unit/sealed-scene.ts';

const CHILD = join(import.meta.dirname, 'seal-child.ts');
const MOMENTS = ['submitted', 'durable'] as const;

interface End {
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

async function runChild(...args: readonly string[]): Promise<End> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return await new Promise((resolve) => child.on('close', (_code, signal) => resolve({ signal, output })));
}

/** What the folder says of Carol's feed; any fault fails. */
async function sealsIn(directory: string, verifier: Verifier, when: string): Promise<unknown> {
  const { faults, summary } = await verifyPath(directory, { verifier });
  deepEqual(faults, [], when);
  return summary?.seals?.map(({ kept, uncovered, quarantined }) => ({ kept, uncovered, quarantined }));
}

async function killAndGoOn(scene: Scene, prepared: string, verifier: Verifier): Promise<void> {
  const whole = `${prepared}.whole`;
  await cp(prepared, whole, { recursive: true });
  const { output } = await runChild(whole, scene);
  const writes = Number(output);
  ok(writes >= 3, `${writes} writes`);
  const { size: kept, quarantined } = scriptOf(scene).end;
  deepEqual(await sealsIn(whole, verifier, 'undisturbed'), [{ kept, uncovered: 0, quarantined }]);
  await rm(whole, { recursive: true });
  for (let write = 1; write <= writes; write++) {
    const points = MOMENTS.map(async (moment) => {
      const when = `killed at write ${write} of ${writes}, ${moment}`;
      const directory = `${prepared}.${write}.${moment}`;
      await cp(prepared, directory, { recursive: true });
      equal((await runChild(directory, scene, String(write), moment)).signal, 'SIGKILL', when);
      await sealsIn(directory, verifier, when);
      const store = await openAlice(directory);
      await play(scene, store);
      await store.close();
      deepEqual(await sealsIn(directory, verifier, `${when}, and gone on`), [{ kept, uncovered: 0, quarantined }]);
      await rm(directory, { recursive: true });
    });
    await Promise.all(points);
  }
}

describe('a process that is killed while it seals a feed', function () {
  this.timeout(120_000);
  const verifier = rememberingVerifier();
  for (const scene of ['cut', 'adoption', 'revocation'] as const) {
    it(`has a folder that verifies, and comes to the same end: ${scene}`, async () => {
      const parent = await mkdtemp(join(tmpdir(), 'tessrax-killed-'));
      const prepared = join(parent, 'folder');
      try {
        await prepareFolder(prepared, scene);
        await killAndGoOn(scene, prepared, verifier);
      } finally {
        await rm(parent, { recursive: true });
      }
    });
  }
});
