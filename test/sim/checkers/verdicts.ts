/**
 * Every gossip message that reaches a core is judged: without a verdict it is neither passed on nor forgotten. A heartbeat that is passed
 * on is signed by its node, of this federation, and newer than every one of that node before it.
 */

import { signedMessage } from '../../../src/core/signature.ts';
import { type Heartbeat, readHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export function verdicts(): Checker {
  const heartbeats = new Map<string, Uint8Array>();
  /** The last counter that each node accepted of each other since it started. */
  const counters = new Map<SimNode, Map<string, number>>();
  /** One message reaches all nodes as one object: it is read and checked once. */
  const read = new WeakMap<Uint8Array, { readonly heartbeat: Heartbeat; readonly signed: boolean }>();
  return {
    started(_world, node) {
      counters.delete(node);
    },
    stepped(world, node, event, effects) {
      if (event.kind === 'gossip' && event.topic === 'heartbeat')
        heartbeats.set(`${node.index} ${event.id} ${event.from}`, event.data);
      for (const effect of effects) {
        if (effect.kind !== 'gossip_verdict') continue;
        const key = `${node.index} ${effect.id} ${effect.from}`;
        const heartbeat = heartbeats.get(key);
        heartbeats.delete(key);
        if (node.hostile || heartbeat === undefined || effect.verdict !== 'accept') continue;
        const wrong = heartbeatFault(world, node, heartbeat);
        if (wrong !== undefined) world.fail('gossip_verdict', `node ${node.index} passes on a heartbeat ${wrong}`);
      }
    },
    conclude(world) {
      for (const { index } of world.honest) {
        const pending = world.network.gossip.pendingCount(index);
        if (pending > 0) world.fail('gossip_verdict', `node ${index} gave no verdict on ${pending} gossip messages`);
      }
    },
  };

  function heartbeatFault(world: World, node: SimNode, bytes: Uint8Array): string | undefined {
    const { heartbeat, signed } = read.get(bytes) ?? readSigned(world, bytes);
    read.set(bytes, { heartbeat, signed });
    if (heartbeat.federation !== world.federation.id) return 'of another federation';
    if (!signed) return 'that is not signed';
    const known = counters.get(node) ?? new Map<string, number>();
    counters.set(node, known);
    if (heartbeat.counter <= (known.get(heartbeat.node) ?? -1)) return 'that is no newer than one before';
    known.set(heartbeat.node, heartbeat.counter);
    return undefined;
  }
}

function readSigned(world: World, bytes: Uint8Array): { readonly heartbeat: Heartbeat; readonly signed: boolean } {
  const { heartbeat, job } = readHeartbeat(bytes);
  return { heartbeat, signed: world.table.verify(job.key, signedMessage('heartbeat', job.hash), job.signature) };
}
