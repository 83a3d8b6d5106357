/** `append --wait final` and `seal`, as commands against real nodes. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { join } from 'node:path';
import { run } from '../unit/cli/run.ts';
import { TestFederation } from './federation.ts';

describe('the tessrax command, waiting for finality', function () {
  this.timeout(60_000);
  let federation: TestFederation;
  before(async () => {
    federation = await TestFederation.create('a', 'b', 'c');
    await federation.start('a', { alone: true });
    await federation.start('b');
    await federation.start('c');
  });
  after(() => federation.close());

  const dir = (): string => join(federation.directory, 'a');

  it('returns when a quorum has certified', async () => {
    const { code, out, err } = await run(['append', '--wait', 'final', '--dir', dir()], {
      input: '{"n":1}\n{"n":2}\n',
    });
    deepEqual([code, err], [0, '']);
    match(out, /^[0-9a-f]{64} {2}0\n[0-9a-f]{64} {2}1\n$/);
    const node = federation.running.get('a');
    equal(node?.handle.certifiedSize(node.handle.peerId), 2);
  });

  it('seals the ledger root', async () => {
    const before = federation.running.get('a')?.handle.status();
    const { code, out } = await run(['seal', '--anchor', 'Gazette 47', '--json', '--dir', dir()]);
    equal(code, 0);
    const { hash, root, height, final } = JSON.parse(out);
    deepEqual([height, root, final], [2, Buffer.from(before?.root ?? []).toString('hex'), true]);
    const shown = await run(['show', hash, '--json', '--dir', dir()]);
    const { type, anchor, seq } = JSON.parse(shown.out);
    deepEqual([type, anchor, seq], ['SEAL', 'Gazette 47', 2]);
    equal((await run(['seal', '--anchor', '', '--dir', dir()])).code, 2);
  });
});
