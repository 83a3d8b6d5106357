/** Each checker must see what it is there for: the simulation is broken on purpose, one way at a time. */
import assert from 'node:assert/strict';
import { authorEntry } from '../../../src/core/entry/author.ts';
import type { Effect } from '../../../src/core/events.ts';
import { emptyHead } from '../../../src/core/ledger/admission.ts';
import { FUTURE_WINDOW_MS } from '../../../src/core/limits.ts';
import { appendLeaves } from '../../../src/core/merkle/compact-range.ts';
import { encodeMessage } from '../../../src/core/sync/messages.ts';
import type { Checker } from '../../sim/checkers/checker.ts';
import { effort } from '../../sim/checkers/effort.ts';
import { patience } from '../../sim/checkers/patience.ts';
import { service } from '../../sim/checkers/service.ts';
import { standing } from '../../sim/checkers/standing.ts';
import { feedName } from '../../sim/disk.ts';
import { MINUTE, MS, SECOND } from '../../sim/schedule.ts';
import { createWorld } from '../../sim/setup.ts';
import { BEGIN_WALL_MS } from '../../sim/sim-node.ts';
import { runSeed, type SeedOptions } from '../../sim/simulation.ts';
import type { Defects, World } from '../../sim/world.ts';

/** One minute of safety, forty seconds to settle, four minutes of silence: too late for a heartbeat to show what was changed. */
const SECONDS_NEAR_END = 339;
const RECEIPT = { type: 'RECEIPT', body: { payload: { late: true } } };

/** Runs until the defect shows, over a few seeds since chance decides when it can. */
function brokenInvariants(defects: Defects, options: Partial<SeedOptions> = {}, seeds = 2): Set<string> {
  const found = new Set<string>();
  for (let seed = 1; seed <= seeds; seed++) {
    const { failure } = runSeed({ seed, nodes: 3, minutes: 1, faults: [], ...options, defects });
    if (failure !== undefined) found.add(failure.invariant);
  }
  return found;
}

/** A step of node 0 with these effects. */
function show(checker: Checker, world: World, effects: readonly Effect[]): void {
  for (const effect of effects)
    if (checker.looksAt?.includes(effect.kind) === true) checker.saw?.(world, world.node(0), effect, effects);
}

/** First bytes of messages. */
const FRONTIER_REQUEST = 1;
const RANGES_REQUEST = 2;

function brokenIn(world: World): string | undefined {
  return world.failure?.invariant;
}

describe('simulation checkers', () => {
  it('see nothing when nothing is broken', () => {
    assert.deepEqual(brokenInvariants({}), new Set());
  });

  it('durability sees a disk that forgets what it acknowledged', () => {
    const prepare = (world: World): void => {
      world.schedule.at(MINUTE / 2, () => world.append(world.node(0), [RECEIPT]));
      world.schedule.at(MINUTE / 2 + 20 * MS, () => world.crash(world.node(0)));
    };
    assert.deepEqual(brokenInvariants({ prepare, disk: { losesAcknowledged: true } }), new Set(['durability']));
    assert.deepEqual(brokenInvariants({ prepare }), new Set());
  });

  it('append_only sees a disk that writes out of order', () => {
    const prepare = (world: World): void => {
      world.schedule.at(MINUTE / 2, () => {
        world.append(world.node(0), [RECEIPT]);
        world.append(world.node(0), [RECEIPT]); // waits for the disk behind the other
      });
    };
    assert.deepEqual(brokenInvariants({ prepare, disk: { reorders: true } }), new Set(['append_only']));
  });

  it('append_only sees a disk that takes a part of a batch for all of it', () => {
    const found = brokenInvariants({ disk: { keepsTorn: true } }, { faults: ['torn_tail'], minutes: 2 });
    assert.ok(found.has('append_only'), [...found].join());
  });

  it('validity sees a disk that does not look at its checksums', () => {
    const found = brokenInvariants({ disk: { ignoresChecksums: true } }, { faults: ['bit_flip'], minutes: 2 }, 4);
    assert.ok(found.has('validity'), [...found].join());
  });

  it('rejoin sees a node that lost its folder and its marker, and then signs what it had signed before', () => {
    const prepare = (world: World): void => {
      const node = world.node(0);
      world.schedule.at(20 * SECOND, () => {
        for (const link of world.network.links.ofNode(0)) world.network.cut(link);
      });
      world.schedule.at(25 * SECOND, () => world.append(node, [RECEIPT]));
      world.schedule.at(30 * SECOND, () => {
        node.marker = undefined; // with it, the node would wait for the entry that only it had
        world.forget(node, () => node.disk.wipe());
        for (const link of world.network.links.ofNode(0)) world.network.links.unblock(link);
      });
      world.schedule.at(55 * SECOND, () => world.append(node, [RECEIPT]));
    };
    assert.deepEqual(brokenInvariants({ prepare }), new Set(['rejoin']));
  });

  it('validity sees a verifier that believes a forger', () => {
    assert.ok(brokenInvariants({ verifiesAll: true }, { faults: ['forger', 'drop'], minutes: 3 }, 12).has('validity'));
  });

  it('auditability sees a statement that was not kept', () => {
    assert.deepEqual(brokenInvariants({ disk: { losesStatements: true } }), new Set(['auditability']));
  });

  it('convergence sees an honest node that never hears of the others again', () => {
    const prepare = (world: World): void => {
      world.schedule.at(MINUTE / 2, () => world.network.isolate(0));
    };
    assert.deepEqual(brokenInvariants({ prepare }), new Set(['convergence']));
  });

  it('silence sees a node that writes while nothing happens', () => {
    const prepare = (world: World): void => {
      world.schedule.at(3 * MINUTE, () => world.append(world.node(1), [RECEIPT]));
    };
    assert.deepEqual(brokenInvariants({ prepare }), new Set(['silence']));
  });

  it('memory sees streams that are never reported closed', () => {
    // A session that never ends may also keep a node from what it lacks.
    assert.ok(brokenInvariants({ loses: ({ kind }) => kind === 'stream_closed' }).has('memory'));
  });

  it('gossip_verdict sees a message that is never judged', () => {
    // The first verification job of every node is that of a heartbeat.
    const loses: Defects['loses'] = (event) => event.kind === 'verified' && event.job < 10;
    assert.deepEqual(brokenInvariants({ loses }), new Set(['gossip_verdict']));
  });

  it('speech sees a node that believes its disk too early', () => {
    assert.deepEqual(brokenInvariants({ disk: { tellsEarly: true } }), new Set(['speech']));
  });

  it('patience sees an entry that is taken before its time', () => {
    const world = createWorld({ seed: 1, nodes: 2 });
    const tip = emptyHead(world.node(1).peer, 'ledger');
    const store = (timestampMs: number): Effect => {
      const entries = [authorEntry(world.node(1).author, tip, RECEIPT, timestampMs)];
      return { kind: 'store', batch: 1, write: { entries, heads: [], subtrees: [], statements: [] } };
    };
    const checker = patience();
    show(checker, world, [store(BEGIN_WALL_MS + FUTURE_WINDOW_MS)]);
    assert.equal(brokenIn(world), undefined);
    show(checker, world, [store(BEGIN_WALL_MS + FUTURE_WINDOW_MS + 1)]);
    assert.equal(brokenIn(world), 'patience');
  });

  it('effort sees a node that asks one peer again and again', () => {
    const world = createWorld({ seed: 1, nodes: 3 });
    const open = (peer: string): Effect => ({ kind: 'open', stream: 1, peer, frame: new Uint8Array() });
    const checker = effort();
    for (let i = 0; i < 60; i++) {
      show(checker, world, [open(world.node(1).peer), open(world.node(2).peer)]);
    }
    assert.equal(brokenIn(world), undefined);
    show(checker, world, [open(world.node(1).peer)]);
    assert.equal(brokenIn(world), 'effort');
  });

  it('effort sees a node that answers one peer more often than it may', () => {
    const answer = (times: number, frame: Uint8Array, kind: number): string | undefined => {
      const world = createWorld({ seed: 1, nodes: 3 });
      const node = world.node(0);
      const checker = service();
      checker.started?.(world, node);
      for (let stream = 0; stream < times; stream++) {
        checker.stepped?.(world, node, { kind: 'stream_opened', stream, peer: world.node(1).peer }, []);
        checker.stepped?.(world, node, { kind: 'frame', stream, data: Uint8Array.of(kind) }, []);
        for (let again = 0; again < 2; again++) show(checker, world, [{ kind: 'send', stream, frame }]);
      }
      return brokenIn(world);
    };
    const done = encodeMessage({ kind: 'end', status: 'done' });
    const busy = encodeMessage({ kind: 'end', status: 'busy' });
    assert.equal(answer(756, done, RANGES_REQUEST), undefined);
    assert.equal(answer(757, done, RANGES_REQUEST), 'effort');
    assert.equal(answer(36, done, FRONTIER_REQUEST), undefined);
    assert.equal(answer(37, done, FRONTIER_REQUEST), 'effort');
    assert.equal(answer(1000, busy, FRONTIER_REQUEST), undefined);
  });

  it('safety sees two signed entries at one place', () => {
    const prepare = (world: World): void => {
      world.schedule.at(SECONDS_NEAR_END * SECOND, () => replaceLastEntry(world));
    };
    assert.deepEqual(brokenInvariants({ prepare }), new Set(['safety']));
  });

  it('standing sees a node that refuses an honest one, and one that bears with breach after breach', () => {
    const tell = (effects: readonly Effect[], atUs: readonly number[]): string | undefined => {
      const world = createWorld({ seed: 1, nodes: 3 });
      const checker = standing();
      for (const us of atUs) world.schedule.at(us, () => show(checker, world, effects));
      world.run(5 * MINUTE);
      checker.conclude?.(world);
      return brokenIn(world);
    };
    const breach: Effect = { kind: 'note', note: { name: 'peer_misbehaved', peer: 'stranger', code: 'wire_end' } };
    assert.equal(tell([breach], [SECOND, 2 * SECOND]), undefined, 'on its way when the ban began');
    assert.equal(tell([breach], [SECOND, 62 * SECOND]), undefined, 'the ban was over');
    assert.equal(tell([breach], [SECOND, 50 * SECOND]), 'standing');
    const { peer } = createWorld({ seed: 1, nodes: 3 }).node(1);
    assert.equal(tell([{ kind: 'disconnect', peer, banMs: 1, code: 'wire_end' }], [SECOND]), 'standing');
  });
});

/** Puts another entry, signed by node 0, in the place of the last one that node 1 holds of it, with a head to match. */
function replaceLastEntry(world: World): void {
  const author = world.node(0);
  const { disk } = world.node(1);
  const name = feedName('ledger', author.peer);
  const kept = disk.feed('ledger', author.peer).slice(0, -1);
  const before = kept.at(-1);
  const wallMs = BEGIN_WALL_MS + MINUTE;
  const tip = {
    ...emptyHead(author.peer, 'ledger'),
    size: kept.length,
    ...(before === undefined ? {} : { hash: before.hash }),
  };
  const nonce = new Uint8Array(16).fill(0xf0); // above what few entries reach
  const entry = authorEntry(author.author, { ...tip, nonce }, RECEIPT, wallMs);
  const feed = [...kept, entry];
  disk.feeds.set(name, feed);
  const { peaks } = appendLeaves(
    [],
    0,
    feed.map(({ hash }) => hash),
  );
  disk.heads.set(name, {
    ...tip,
    size: feed.length,
    hash: entry.hash,
    timestampMs: entry.timestampMs,
    nonce: entry.nonce,
    peaks,
  });
}
