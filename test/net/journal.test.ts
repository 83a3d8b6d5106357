/** A peer's journal, asked for over the wire with real nodes. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { RunningNode } from '../../src/compose.ts';
import { TestFederation } from './federation.ts';

interface Page {
  readonly status: number;
  readonly code?: string;
  readonly node?: string;
  readonly root_checked?: boolean;
  readonly entries?: readonly {
    readonly origin: string;
    readonly log: string;
    readonly seq: number;
    readonly type: string;
  }[];
  readonly next?: string | null;
}

async function journalOf({ apiUrl }: RunningNode, query: string): Promise<Page> {
  const response = await fetch(`${apiUrl}/v1/journal?${query}`);
  const body: unknown = await response.json();
  assert.ok(typeof body === 'object' && body !== null);
  return { ...body, status: response.status };
}

describe('the journal of a peer', () => {
  let federation: TestFederation;
  beforeEach(async () => {
    federation = await TestFederation.create('a', 'b');
  });
  afterEach(() => federation.close());

  it('comes over the wire, whole or in parts, held against the root that it signed', async () => {
    const b = await federation.start('b');
    const a = await federation.start('a', { alone: true });
    await federation.until(([first]) => first?.handle.status().peersConnected === 1);
    for (let i = 0; i < 5; i++) await a.append([{ type: 'RECEIPT', body: { payload: { i } } }]);
    await federation.untilEqual(5);
    const peer = a.handle.peerId;
    const size = a.handle.status().journalSize;
    assert.ok(size >= 1, `${size}`);
    await federation.until(() => b.handle.peerJournalSize(peer) === size);
    const whole = await journalOf(b, `node=${peer}&after=0&limit=1000`);
    assert.deepEqual([whole.node, whole.root_checked, whole.next], [peer, true, null]);
    assert.deepEqual(
      whole.entries?.map(({ origin, log, seq }) => [origin, log, seq]),
      Array.from({ length: size }, (_, seq) => [peer, 'journal', seq]),
    );
    const last = await journalOf(b, `node=${peer}&tail=1`);
    assert.equal(last.status, 200, JSON.stringify(last));
    assert.deepEqual(last.entries, whole.entries?.slice(-1));
    const first = await journalOf(b, `node=${peer}&after=0&limit=1`);
    assert.equal(first.next, size > 1 ? '1' : null);

    assert.equal((await journalOf(b, 'node=nobody')).status, 400);
    assert.equal((await journalOf(b, `node=${peer}&limit=0`)).status, 400);
    assert.deepEqual(await journalOf(b, `node=${b.handle.peerId}`).then(({ status, code }) => [status, code]), [
      404,
      'peer_not_connected',
    ]);
  });
});
