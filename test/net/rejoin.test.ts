/** A restored backup, with real nodes: with the guard nothing happens, without it the feed forks and is sealed everywhere. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { RunningNode } from '../../src/compose.ts';
import { TestFederation } from './federation.ts';

function receipts(text: string, count: number) {
  return Array.from({ length: count }, (_, i) => ({ type: 'RECEIPT', body: { payload: { text, i } } }));
}

/** Origins that a node's ledger holds a scar of equivocation for. */
async function scarred(node: RunningNode): Promise<string[]> {
  const answer: unknown = await (await fetch(`${node.apiUrl}/v1/scars?limit=100`)).json();
  assert.ok(typeof answer === 'object' && answer !== null && 'entries' in answer && Array.isArray(answer.entries));
  return answer.entries.map(({ payload }: { payload: { origin: string } }) => payload.origin);
}

describe('a folder restored from a backup', () => {
  let federation: TestFederation;
  beforeEach(async () => {
    federation = await TestFederation.create('a', 'b', 'c', 'd');
  });
  afterEach(() => federation.close());

  async function restoreOld(): Promise<void> {
    for (const name of ['b', 'c', 'd']) await federation.start(name);
    const a = await federation.start('a');
    await federation.until(([first]) => (first?.handle.status().peersConnected ?? 0) >= 3);
    await a.append(receipts('before the backup', 3));
    await federation.untilEqual(3);
    await federation.stop('a');
    await federation.backUp('a');
    await (await federation.start('a')).append(receipts('after the backup', 2));
    await federation.untilEqual(5);
    await federation.stop('a');
    await federation.restore('a');
  }

  it('adopts what its peers hold of its own feed before it writes', async () => {
    await restoreOld();
    const a = await federation.start('a');
    assert.equal(a.handle.status().height, 3);
    const [appended] = await a.append(receipts('after the restore', 1));
    assert.equal(appended?.seq, 5);
    await federation.untilEqual(6);
    assert.deepEqual(await scarred(a), []);
  });

  it('forks its feed when it is told that it is alone, and is sealed alike on every node', async () => {
    await restoreOld();
    const alone = await federation.start('a', { alone: true, meet: false });
    await alone.append(receipts('another branch', 4));
    const origin = alone.handle.peerId;
    await federation.stop('a');
    const a = await federation.start('a');
    // Five entries were final before the fork was made, so they stay; the other branch goes; one scar comes in.
    await federation.until((nodes) => nodes.every(({ handle }) => handle.heads().length >= 2));
    const heights = (nodes: readonly RunningNode[]) => nodes.map(({ handle }) => handle.status());
    await federation.until((nodes) => {
      const all = heights(nodes);
      return new Set(all.map(({ root }) => Buffer.from(root).toString('hex'))).size === 1;
    });
    for (const node of federation.running.values()) assert.ok((await scarred(node)).includes(origin));
    await assert.rejects(a.append(receipts('under a sealed feed', 1)), { code: 'feed_sealed' });
  });
});
