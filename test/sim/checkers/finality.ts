/** Finality: what one honest node calls final no other contradicts, nobody takes back, and in the end everything is final everywhere. */
import { toHex } from '../../../src/core/bytes.ts';
import type { PlacedEntry } from '../../../src/core/events.ts';
import { feedName } from '../disk.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';
import { type Electorate, electoratesOf } from './electorates.ts';
import { begunElectorates, isReachable } from './governance.ts';

export function finality(): Checker {
  /** The first entry that was called final at each place. */
  const final = new Map<string, { readonly hash: string; readonly node: number }>();
  /** The witnesses by whom an entry was last found to be final: usually those of the next one too. */
  let latest: Electorate = { since: 0, witnesses: new Set(), threshold: 1 };
  const take = (electorate: Electorate): Electorate => {
    latest = electorate;
    return electorate;
  };
  /** How far each node has called each feed final. */
  const claimed = new Map<string, number>();
  return {
    looksAt: ['note'],
    saw(world, node, effect) {
      if (effect.kind !== 'note' || effect.note.name !== 'entries_certified' || node.hostile) return;
      for (const { origin, size } of effect.note.feeds) {
        const name = `${node.index} ${origin}`;
        const feed = node.disk.feed('ledger', origin);
        for (let seq = claimed.get(name) ?? 0; seq < size; seq++) {
          const entry = feed[seq];
          const hash = entry === undefined ? 'nothing' : toHex(entry.hash);
          const place = `${origin} ${seq}`;
          const first = final.get(place);
          if (first === undefined) final.set(place, { hash, node: node.index });
          else if (first.hash !== hash)
            world.fail('finality', `nodes ${first.node} and ${node.index} call different entries final at ${place}`);
        }
        expectVotes(world, origin, size, feed.at(size - 1));
        claimed.set(name, Math.max(size, claimed.get(name) ?? 0));
      }
    },
    conclude(world) {
      const reachable = isReachable(world, begunElectorates(world));
      for (const node of world.honest) {
        for (const [name, size] of claimed) {
          const [index, origin = ''] = name.split(' ');
          // What a node alone had counted went with its disk; what others had too comes back to it, since ledgers end equal.
          if (Number(index) === node.index && !node.lapsed)
            expectKept(node, origin, size, (what) => world.fail('finality', what));
        }
        if (!reachable) continue;
        for (const [origin, head] of node.state?.durable.heads ?? []) {
          const size = node.state?.durable.certified.get(origin) ?? 0;
          if (size !== head.size)
            world.fail('finality', `node ${node.index} ends with ${size} of ${head.size} entries of ${origin} final`);
        }
      }
    },
  };

  /** Who votes for an entry holds it, or held it until its feed was sealed or its disk lost: of the honest that can be looked up. */
  function expectVotes(world: World, origin: string, size: number, entry: PlacedEntry | undefined): void {
    if (entry === undefined) return; // it is not there at all: said below
    const hash = toHex(entry.hash);
    const willing = world.nodes.filter(({ hostile, lapsed, disk }) => {
      const held = disk.feed('ledger', origin)[size - 1];
      const kept = held !== undefined && toHex(held.hash) === hash;
      return hostile || lapsed || kept || disk.quarantine.has(`${feedName('ledger', origin)} ${hash}`);
    });
    const peers = new Set(willing.map(({ peer }) => peer));
    const isQuorum = ({ witnesses, threshold }: Electorate): boolean =>
      [...witnesses].filter((peer) => peers.has(peer)).length >= threshold;
    if (!isQuorum(latest) && !electoratesOf(world).all.some((each) => isQuorum(take(each))))
      world.fail(
        'finality',
        `entry ${size - 1} of ${origin} is called final, and only ${willing.length} can have voted`,
      );
  }

  function expectKept(node: SimNode, origin: string, size: number, fail: (what: string) => void): void {
    const feed = node.disk.feed('ledger', origin);
    for (let seq = 0; seq < size; seq++) {
      const first = final.get(`${origin} ${seq}`);
      const held = feed[seq];
      if (held === undefined || toHex(held.hash) !== first?.hash)
        fail(`node ${node.index} took back final entry ${seq} of ${origin}`);
    }
  }
}
