/** A checker watches one invariant. It reads what is on the disks and what the nodes said, never the core's own bookkeeping alone. */
import type { Effect, Event, StoreBatch } from '../../../src/core/events.ts';
import type { SimNode } from '../sim-node.ts';
import type { Phase, World } from '../world.ts';

export interface Checker {
  /** Kinds of effects that it looks at, each with `saw`. */
  readonly looksAt?: readonly Effect['kind'][];
  /** After a node came up from its disk. */
  started?(world: World, node: SimNode): void;
  /** After each step, before its effects are carried out. */
  stepped?(world: World, node: SimNode, event: Event, effects: readonly Effect[]): void;
  /** Each effect of these kinds, after `stepped`; `effects` are all of the step. */
  saw?(world: World, node: SimNode, effect: Effect, effects: readonly Effect[]): void;
  /** What a node wrote is durable: before it says a word of it. */
  acknowledged?(world: World, node: SimNode, write: StoreBatch): void;
  /** After a node's disk was lost, or replaced by an older one. */
  forgot?(world: World, node: SimNode): void;
  entered?(world: World, phase: Phase): void;
  /** At the end, when every node is up, whole and quiet. */
  conclude?(world: World): void;
}
