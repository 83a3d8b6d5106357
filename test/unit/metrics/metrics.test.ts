import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Note } from '../../../src/core/events.ts';
import { createMetrics, type Metrics } from '../../../src/metrics/metrics.ts';
import { ALICE, BOB } from '../core/fixtures.ts';
import { makeNode, type Rig } from '../node-rig.ts';

const WALL_MS = 1_800_000_000_000;

describe('metrics', () => {
  let rig: Rig;
  let metrics: Metrics;

  beforeEach(async () => {
    rig = await makeNode();
    metrics = createMetrics({ node: () => rig.handle, directory: '.', version: '1.2.3', wallMs: () => WALL_MS });
  });
  afterEach(() => rig.runtime.stop());

  it('has the three names of the contract', async () => {
    metrics.observe({ name: 'sync_confirmed', peer: BOB.peer, entries: 3, pushed: false, latencyMs: 250 });
    metrics.observe({ name: 'conflict_resolved', peer: BOB.peer, durationMs: 1 });
    const values = await read(metrics);
    equal(values.get('federation_sync_total'), 1);
    equal(values.get('federation_conflicts_detected'), 1);
    equal(values.get('federation_latency_seconds_sum'), 0.25);
    equal(values.get('federation_latency_seconds_count'), 1);
  });

  it('shows who this is, and how full its disk is', async () => {
    const values = await read(metrics);
    const info = [...values.keys()].find((name) => name.startsWith('federation_node_info'));
    match(info ?? '', new RegExp(`version="1.2.3",peer_id="${ALICE.peer}"`));
    const [free, size] = ['free', 'size'].map((what) => values.get(`federation_disk_${what}_bytes`) ?? 0);
    ok(size !== undefined && free !== undefined && size > 0 && free <= size, `${free} of ${size}`);
  });

  it('reads what the network counts anew each time, without adding it up', async () => {
    const bytes = { protocol: '/tessrax/sync/1.0.0', receivedBytes: 10, sentBytes: 20 };
    const peers = { topic: 'heartbeat' as const, subscribed: 7, inMesh: 4 };
    const seen = createMetrics({
      node: () => ({ ...rig.handle, traffic: () => [bytes], topics: () => [peers] }),
      version: '0',
      wallMs: () => WALL_MS,
    });
    for (let scrape = 0; scrape < 2; scrape++) {
      const values = await read(seen);
      equal(values.get('federation_network_received_bytes_total{protocol="/tessrax/sync/1.0.0"}'), 10);
      equal(values.get('federation_network_sent_bytes_total{protocol="/tessrax/sync/1.0.0"}'), 20);
      equal(values.get('federation_gossip_topic_peers{topic="heartbeat"}'), 7);
      equal(values.get('federation_gossip_mesh_peers{topic="heartbeat"}'), 4);
    }
  });

  it('takes the median of the clocks: one that is wrong, or lies, changes little', async () => {
    const offsets: readonly [string, number][] = [
      ['a', 2000],
      ['b', 3000],
      ['c', -1e9],
    ];
    for (const [node, offsetMs] of offsets) metrics.observe(heartbeat(node, offsetMs));
    equal((await read(metrics)).get('federation_clock_offset_seconds'), 2);
    metrics.observe(heartbeat('c', 4000));
    equal((await read(metrics)).get('federation_clock_offset_seconds'), 3);
    metrics.observe(heartbeat('d', 4000));
    equal((await read(metrics)).get('federation_clock_offset_seconds'), 3);
  });

  it('counts the signatures that wait, until they are judged', async () => {
    const first = metrics.task('verify', 100);
    const second = metrics.task('verify', 20);
    metrics.task('write', 5);
    equal((await read(metrics)).get('federation_verify_queue_signatures'), 120);
    first();
    second();
    const values = await read(metrics);
    equal(values.get('federation_verify_queue_signatures'), 0);
    equal(values.get('federation_task_seconds_count{task="verify"}'), 2);
    equal(values.get('federation_task_seconds_count{task="write"}'), undefined);
  });

  it('counts seals from 0, so that the first one is a step', async () => {
    const sealed = 'federation_feeds_sealed_total{reason="equivocation"}';
    equal((await read(metrics)).get(sealed), 0);
    metrics.observe({ name: 'feed_sealed', origin: BOB.peer, seq: 4, revoked: false });
    equal((await read(metrics)).get(sealed), 1);
  });

  it('has every metric explained to operators, and every alert', async () => {
    const text = await readFile('docs/operations.md', 'utf8');
    const names = Array.from((await metrics.text()).matchAll(/^# TYPE (federation_\S+)/gm), ([, name = '']) => name);
    const alerts = (await readFile('monitoring/alerts.yml', 'utf8')).matchAll(/alert: (\w+)/g);
    names.push(...Array.from(alerts, ([, name = '']) => name));
    ok(names.length > 35, `${names.length} names`);
    deepEqual(
      names.filter((name) => !new RegExp(`\`${name}[\`{]`).test(text)),
      [],
    );
  });

  it('has every metric that an alert or the dashboard asks for', async () => {
    metrics.task('verify', 1)();
    metrics.observe({ name: 'entry_rejected', origin: BOB.peer, seq: 0, reason: 'signature', peer: BOB.peer });
    metrics.observe({ name: 'session_failed', peer: BOB.peer, code: 'frame_late' });
    const text = await metrics.text();
    const known = new Set(Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name));
    const files = ['monitoring/alerts.yml', 'monitoring/grafana/dashboards/federation.json'];
    const asked = new Set<string>();
    for (const file of files) {
      for (const [name] of (await readFile(file, 'utf8')).matchAll(/\b(federation|nodejs|process)_[a-z0-9_]+/g))
        asked.add(name.replace(/_(bucket|count|sum)$/, ''));
    }
    ok(asked.size > 15);
    deepEqual(
      [...asked].filter((name) => !known.has(name)),
      [],
    );
  });
});

function heartbeat(node: string, offsetMs: number): Note {
  const root = new Uint8Array(32);
  return { name: 'heartbeat_received', node, timestampMs: WALL_MS + offsetMs, height: 0, root, agrees: true };
}

/** Value of each sample, by its name with labels. */
async function read(metrics: Metrics): Promise<Map<string, number>> {
  const values = new Map<string, number>();
  for (const line of (await metrics.text()).split('\n')) {
    const at = line.lastIndexOf(' ');
    if (at > 0 && !line.startsWith('#')) values.set(line.slice(0, at), Number(line.slice(at)));
  }
  return values;
}
