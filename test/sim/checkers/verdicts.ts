/**
 * Every gossip message that reaches a core is judged: without a verdict it is neither passed on nor forgotten. A heartbeat that is passed
 * on is signed by its node, of this federation, and newer than every one of that node before it.
 */
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export function verdicts(): Checker {
  /** By the message's name, which its content decides. */
  const heartbeats = new Map<string, Uint8Array>();
  /** The last counter that each node accepted of each other since it started. */
  const counters = new Map<SimNode, Map<string, number>>();
  return {
    started(_world, node) {
      counters.delete(node);
    },
    looksAt: ['gossip_verdict'],
    stepped(_world, _node, event) {
      if (event.kind === 'gossip' && event.topic === 'heartbeat') heartbeats.set(event.id, event.data);
    },
    saw(world, node, effect) {
      if (effect.kind !== 'gossip_verdict' || node.hostile || effect.verdict !== 'accept') return;
      const heartbeat = heartbeats.get(effect.id);
      const wrong = heartbeat === undefined ? undefined : heartbeatFault(world, node, heartbeat);
      if (wrong !== undefined) world.fail('gossip_verdict', `node ${node.index} passes on a heartbeat ${wrong}`);
    },
    conclude(world) {
      for (const { index } of world.honest) {
        const pending = world.network.gossip.pendingCount(index);
        if (pending > 0) world.fail('gossip_verdict', `node ${index} gave no verdict on ${pending} gossip messages`);
      }
    },
  };

  function heartbeatFault(world: World, node: SimNode, bytes: Uint8Array): string | undefined {
    const { heartbeat, job } = world.reading.heartbeat(bytes);
    if (heartbeat.federation !== world.federation.id) return 'of another federation';
    if (!world.reading.isSigned(job)) return 'that is not signed';
    const known = counters.get(node) ?? new Map<string, number>();
    counters.set(node, known);
    if (heartbeat.counter <= (known.get(heartbeat.node) ?? -1)) return 'that is no newer than one before';
    known.set(heartbeat.node, heartbeat.counter);
    return undefined;
  }
}
