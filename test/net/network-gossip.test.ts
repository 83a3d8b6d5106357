import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { GossipVerdict } from '../../src/core/events.ts';
import { BAN_MS, GOSSIP_BYTES_MAX, GOSSIP_PENDING_MAX, GOSSIP_PER_SECOND_MAX } from '../../src/core/limits.ts';
import { Nodes, subscribed, type TestNode } from './node.ts';

describe('network: gossip', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stopAll());

  /** a – b – c: what c hears of a, b has passed on. `judge` is b's verdict. */
  async function line(judge: (text: string) => GossipVerdict | undefined): Promise<[TestNode, TestNode, TestNode]> {
    const b = await nodes.start();
    const a = await nodes.start({ bootstrap: [b.address()] });
    const c = await nodes.start({ bootstrap: [b.address()] });
    await Promise.all([a.connected(b.peer), c.connected(b.peer), b.connected(a.peer, c.peer)]);
    for (const node of [a, b, c]) {
      node.react = (report) => {
        if (report.kind !== 'gossip') return;
        const verdict = node === b ? judge(text(report.data)) : 'accept';
        if (verdict !== undefined) node.network.gossipVerdict(report.id, report.from, verdict);
      };
    }
    await subscribed(a, b);
    await subscribed(b, c);
    return [a, b, c];
  }

  it('passes on what was accepted, and neither what was ignored nor what was rejected', async () => {
    const [a, b, c] = await line((said) =>
      said.startsWith('no') ? 'reject' : said.startsWith('hm') ? 'ignore' : 'accept',
    );
    // In this order: by the time `yes 2` is at c, whatever b had passed on of the others would be there.
    for (const said of ['no 1', 'hm 1', 'yes 1', 'no 2', 'hm 2', 'yes 2'])
      a.network.publish('heartbeat', Buffer.from(said));
    await c.until((r) => r.kind === 'gossip' && text(r.data) === 'yes 2');
    assert.deepEqual(heard(c), ['yes 1', 'yes 2']);
    assert.deepEqual(heard(b), ['no 1', 'hm 1', 'yes 1', 'no 2', 'hm 2', 'yes 2']);
    // The last hop is named, not the author: it is who answers for the message.
    assert.ok(c.reports.every((r) => r.kind !== 'gossip' || r.from === b.peer));
  });

  it('passes nothing on before the verdict', async () => {
    const [a, b, c] = await line((said) => (said === 'held' ? undefined : 'accept'));
    a.network.publish('heartbeat', Buffer.from('held'));
    a.network.publish('heartbeat', Buffer.from('next'));
    await c.until((r) => r.kind === 'gossip' && text(r.data) === 'next');
    assert.deepEqual(heard(c), ['next']);
    const held = b.reports.find((r) => r.kind === 'gossip' && text(r.data) === 'held');
    assert.ok(held?.kind === 'gossip');
    b.network.gossipVerdict(held.id, held.from, 'accept');
    await c.until((r) => r.kind === 'gossip' && text(r.data) === 'held');
    // Verdicts on nothing, and a second one, change nothing.
    b.network.gossipVerdict(held.id, held.from, 'reject');
    b.network.gossipVerdict('no such message', held.from, 'accept');
  });

  it('tells one text on two topics apart, and delivers each once', async () => {
    const [a, b] = await line(() => 'accept');
    for (let round = 0; round < 3; round++) {
      a.network.publish('heartbeat', Buffer.from('same'));
      a.network.publish('entries', Buffer.from('same'));
    }
    a.network.publish('heartbeat', Buffer.from('last'));
    await b.until((r) => r.kind === 'gossip' && text(r.data) === 'last');
    const topics = b.reports
      .filter((r) => r.kind === 'gossip' && text(r.data) === 'same')
      .map((r) => r.kind === 'gossip' && r.topic);
    assert.deepEqual(topics.toSorted(), ['entries', 'heartbeat']);
  });

  it('keeps messages of the wrong size from the core', async () => {
    const [a, b] = await line(() => 'accept');
    a.network.publish('entries', new Uint8Array(GOSSIP_BYTES_MAX + 1));
    a.network.publish('entries', new Uint8Array(0));
    a.network.publish('entries', new Uint8Array(GOSSIP_BYTES_MAX));
    const first = await b.until(
      (r) => r.kind === 'gossip' && r.topic === 'entries' && !text(r.data).startsWith('knock'),
    );
    assert.ok(first.kind === 'gossip');
    assert.equal(first.data.length, GOSSIP_BYTES_MAX);
  });

  it('holds a bounded number of messages without a verdict', async () => {
    const [a, b] = await line((said) => (said.startsWith('m') ? undefined : 'accept'));
    for (let i = 0; i < GOSSIP_PENDING_MAX + 50; i++) a.network.publish('heartbeat', Buffer.from(`m${i}`));
    await b.eventually(() => heard(b).length === GOSSIP_PENDING_MAX, 'a full table');
    // One verdict makes room for one.
    const first = b.reports.find((r) => r.kind === 'gossip' && text(r.data) === 'm0');
    assert.ok(first?.kind === 'gossip');
    // Whatever of the burst is still on its way is refused before this stream's frame arrives behind it.
    const stream = a.open(b.peer, Buffer.from('behind'));
    await b.until((r) => r.kind === 'frame');
    a.network.close(stream);
    assert.equal(heard(b).length, GOSSIP_PENDING_MAX);
    b.network.gossipVerdict(first.id, first.from, 'accept');
    a.network.publish('heartbeat', Buffer.from('m last'));
    await b.until((r) => r.kind === 'gossip' && text(r.data) === 'm last');
  });

  it('publishes without complaint when nobody is there yet', async () => {
    const alone = await nodes.start();
    alone.network.publish('heartbeat', Buffer.from('hello?'));
    const friend = await nodes.start({ bootstrap: [alone.address()] });
    await alone.connected(friend.peer);
    assert.deepEqual(alone.logs, []);
  });

  it('tells of a peer that floods, hands no more of it on, and refuses it when told to', async () => {
    const [a, b, c] = await line(() => 'ignore');
    const { react } = b;
    b.react = (report) => {
      react(report);
      if (report.kind === 'flooded') b.network.disconnect(report.peer, BAN_MS);
    };
    for (let i = 0; i < 3 * GOSSIP_PER_SECOND_MAX; i++) a.network.publish('heartbeat', Buffer.from(`flood ${i}`));
    await b.until((r) => r.kind === 'disconnected' && r.peer === a.peer);
    assert.ok((b.network.peers().find(({ peer }) => peer === a.peer)?.bannedUntilMs ?? 0) > Date.now());
    assert.equal(b.isConnected(c.peer), true);
    assert.ok(heard(b).length <= GOSSIP_PER_SECOND_MAX * 2);
  });
});

function text(data: Uint8Array): string {
  return Buffer.from(data).toString();
}

function heard(node: TestNode): string[] {
  return node.reports.flatMap((r) => (r.kind === 'gossip' && r.topic === 'heartbeat' ? [text(r.data)] : []));
}
