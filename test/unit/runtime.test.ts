import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { systemClock } from '../../src/clock.ts';
import { TessraxError } from '../../src/core/errors.ts';
import type { Note, StoreBatch } from '../../src/core/events.ts';
import { APPENDS_PENDING_MAX, APPENDS_TOGETHER_MAX, EVENTS_QUEUED_MAX } from '../../src/core/limits.ts';
import type { Clock, SignedMarker } from '../../src/ports.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { BOB, receipt } from './core/fixtures.ts';
import { makeNode } from './node-rig.ts';

/** A disk that holds writes back, and fails when it is told to. */
class SlowStore extends MemoryStore {
  readonly waiting: { resolve(): void; reject(error: unknown): void }[] = [];
  fast = false;

  override async write(batch: StoreBatch): Promise<void> {
    if (!this.fast) await new Promise<void>((resolve, reject) => this.waiting.push({ resolve, reject }));
    await super.write(batch);
  }
}

const DISK_FULL = new TessraxError('disk_full', 'the disk is full');

/** Lets everything that is ready happen. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('runtime', () => {
  it('resolves an append when it is durable, not before', async () => {
    const store = new SlowStore();
    const { runtime, handle } = await makeNode(store);
    let done = false;
    const appended = runtime.append([receipt(1)]).then((entries) => {
      done = true;
      return entries;
    });
    await turn();
    deepEqual([done, handle.status().height], [false, 0]);
    for (const write of store.waiting.splice(0)) write.resolve();
    store.fast = true;
    deepEqual(
      (await appended).map(({ seq }) => seq),
      [0],
    );
    equal(handle.status().height, 1);
    runtime.stop();
  });

  it('takes the appends of one turn together, so many at a time, in their order', async () => {
    const store = new SlowStore();
    const { runtime } = await makeNode(store);
    const count = APPENDS_TOGETHER_MAX + 3;
    const appended = Array.from({ length: count }, (_, i) => runtime.append([receipt(i)]));
    const writes = store.waiting.length;
    await turn();
    equal(store.waiting.length, writes + 1);
    await turn();
    equal(store.waiting.length, writes + 2, 'the rest waits for the disk instead of being signed meanwhile');
    store.fast = true;
    for (const write of store.waiting.splice(0)) write.resolve();
    const seqs = (await Promise.all(appended)).flatMap((entries) => entries.map(({ seq }) => seq));
    deepEqual(
      seqs,
      seqs.map((_, i) => i),
    );
    equal(seqs.length, count);
    runtime.stop();
  });

  it('refuses more appends of one turn than may wait for the disk', async () => {
    const { runtime } = await makeNode();
    const appended = Array.from({ length: APPENDS_PENDING_MAX }, () => runtime.append([]));
    const refused = Promise.all(appended.map((append) => rejects(append, { code: 'node_stopped' })));
    await rejects(runtime.append([receipt(1)]), { code: 'append_busy' });
    runtime.stop();
    await refused;
  });

  it('marks own entries as signed once they are durable, and before it says so', async () => {
    const store = new SlowStore();
    const marked = Promise.withResolvers<void>();
    const asked: number[] = [];
    const marker: SignedMarker = {
      advance(size) {
        asked.push(size);
        return marked.promise;
      },
    };
    const { runtime, handle } = await makeNode(store, systemClock(), marker);
    const appended = runtime.append([receipt(1), receipt(2)]);
    await turn();
    deepEqual(asked, [], 'a crash now would leave a marker that says more than the folder holds');
    for (const write of store.waiting.splice(0)) write.resolve();
    store.fast = true;
    await turn();
    deepEqual([asked, handle.status().height], [[2], 0]);
    marked.resolve();
    equal((await appended).length, 2);
    runtime.stop();
  });

  it('rejects an append that the core refuses, and goes on', async () => {
    const { runtime, fatal } = await makeNode();
    await rejects(runtime.append([]), { code: 'append_count' });
    await rejects(runtime.append([{ type: 'RECEIPT', body: {} }]), { code: 'schema_violation' });
    equal((await runtime.append([receipt(1)])).length, 1);
    deepEqual(fatal, []);
    runtime.stop();
  });

  it('stops when the disk fails: appends under way are rejected, new ones refused, and it says so once', async () => {
    const store = new SlowStore();
    const { runtime, handle, fatal } = await makeNode(store);
    const underWay = [runtime.append([receipt(1)]), runtime.append([receipt(2)])];
    const rejected = underWay.map((append) => rejects(append, { code: 'node_stopped' }));
    await turn();
    for (const write of store.waiting.splice(0)) write.reject(DISK_FULL);
    await Promise.all(rejected);
    await turn();
    deepEqual(fatal, [DISK_FULL]);
    await rejects(runtime.append([receipt(3)]), { code: 'node_stopped' });
    equal(store.waiting.length, 0, 'it writes after the disk has failed');
    equal(handle.status().height, 0);
  });

  it('stops when a step throws: the node itself is broken', async () => {
    const { runtime, fatal } = await makeNode();
    runtime.dispatch({ kind: 'verified', job: 4711, valid: [] });
    deepEqual(
      fatal.map((error) => error instanceof TessraxError && error.code),
      ['job_unknown'],
    );
    await rejects(runtime.append([receipt(1)]), { code: 'node_stopped' });
  });

  it('stops when events come faster than they can be taken, without end', async () => {
    const { runtime, fatal, listeners } = await makeNode();
    let isFlooding = false;
    // A listener that answers every note with more events: they wait, since a step is under way.
    listeners.add((note: Note) => {
      if (note.name !== 'entries_stored' || isFlooding) return;
      isFlooding = true;
      for (let i = 0; i <= EVENTS_QUEUED_MAX; i++) runtime.dispatch({ kind: 'peer_disconnected', peer: BOB.peer });
    });
    await rejects(runtime.append([receipt(1)]), { code: 'node_stopped' });
    ok(isFlooding);
    deepEqual(
      fatal.map((error) => error instanceof TessraxError && error.code),
      ['queue_full'],
    );
  });

  it('takes as many waiting events as the queue holds', async () => {
    const { runtime, fatal, listeners } = await makeNode();
    listeners.add((note: Note) => {
      if (note.name !== 'entries_stored') return;
      for (let i = 0; i < EVENTS_QUEUED_MAX; i++) runtime.dispatch({ kind: 'peer_disconnected', peer: BOB.peer });
    });
    equal((await runtime.append([receipt(1)])).length, 1);
    deepEqual(fatal, []);
    runtime.stop();
  });

  it('takes no events and asks for no timer once it is stopped', async () => {
    let timers = 0;
    let stops = 0;
    const clock: Clock = {
      wallMs: () => Date.now(),
      monoMs: () => performance.now(),
      wakeAt: () => timers++,
      stop: () => stops++,
    };
    const { runtime, network, handle } = await makeNode(new MemoryStore(), clock);
    ok(timers > 0);
    const append = rejects(runtime.append([receipt(1)]), { code: 'node_stopped' });
    runtime.stop();
    await append;
    timers = 0;
    network.handlers?.peerConnected(BOB.peer, 'test/1');
    await turn();
    deepEqual([timers, stops, handle.status().peersConnected], [0, 1, 0]);
  });
});
