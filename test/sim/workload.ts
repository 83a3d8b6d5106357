/** What the nodes' clients do: receipts, one by one, several clients at once, and in batches, of all sizes, at random times. */
import type { Draft } from '../../src/core/events.ts';
import { APPEND_BATCH_MAX } from '../../src/core/limits.ts';
import type { Dice } from './dice.ts';
import { SECOND } from './schedule.ts';
import type { SimNode } from './sim-node.ts';
import type { World } from './world.ts';

const MEAN_GAP_SECONDS_MIN = 4;
const MEAN_GAP_SECONDS_MAX = 40;
const TEXT_LENGTH_SMALL = 120;
const TEXT_LENGTH_LARGE = 30_000;
/** Enough large entries to fill more deltas than may be on their way at once. */
const HEAVY_ENTRIES = 120;

/** Above so many nodes times minutes clients slow down, so that a long seed has about as many entries as a short one. */
const NODE_MINUTES_MAX = 20;
/** And above so many of nodes squared times minutes: each entry makes each node tell each other. */
const NODES_SQUARED_MINUTES_MAX = 60;

/** Each node's client appends at its own pace, until the safety phase ends. */
export function startWorkload(world: World, minutes: number): void {
  world.slowness = slownessOf(world.nodes.length, minutes);
  // One seed in twenty writes a batch that fills more than one delta.
  const long = world.dice.chance(0.05) ? world.dice.pick(world.nodes) : undefined;
  const heavy = world.dice.chance(0.1) ? world.dice.pick(world.nodes) : undefined;
  for (const node of world.nodes) {
    const meanUs = world.dice.between(MEAN_GAP_SECONDS_MIN, MEAN_GAP_SECONDS_MAX) * world.slowness * SECOND;
    appendLater(world, node, meanUs);
    if (node === long) appendOnce(world, node, world.dice.int(1025, 2600));
    if (node === heavy) appendOnce(world, node, HEAVY_ENTRIES, TEXT_LENGTH_LARGE);
  }
}

function slownessOf(nodes: number, minutes: number): number {
  const slow = Math.max(1, (nodes * minutes) / NODE_MINUTES_MAX, (nodes * nodes * minutes) / NODES_SQUARED_MINUTES_MAX);
  return Math.min(slow, nodes * minutes); // a thousand nodes still write a few entries a minute
}

function appendLater(world: World, node: SimNode, meanUs: number): void {
  world.schedule.after(world.dice.gap(meanUs), () => {
    if (world.phase !== 'safety') return;
    if (!node.mute) world.append(node, ...drawCalls(world.dice));
    appendLater(world, node, meanUs);
  });
}

function appendOnce(world: World, node: SimNode, count: number, textLength = 0): void {
  world.schedule.after(world.dice.between(0, 60) * SECOND, () => {
    if (world.phase === 'safety' && !node.mute)
      world.append(
        node,
        Array.from({ length: count }, (_, i) => receipt(`${i}${'x'.repeat(textLength)}`)),
      );
  });
}

function drawCalls(dice: Dice): Draft[][] {
  const roll = dice.unit();
  if (roll > 0.98) return [drawReceipts(dice, dice.int(65, 200))]; // more than a push takes
  return drawReceipts(dice, roll > 0.8 ? dice.int(2, 20) : 1).map((draft) => [draft]);
}

function drawReceipts(dice: Dice, count: number): Draft[] {
  return Array.from({ length: Math.min(count, APPEND_BATCH_MAX) }, () => receipt(drawText(dice)));
}

function drawText(dice: Dice): string {
  const length = dice.chance(0.01) ? dice.int(TEXT_LENGTH_SMALL, TEXT_LENGTH_LARGE) : dice.int(0, TEXT_LENGTH_SMALL);
  return `${dice.uint32().toString(36)}${'x'.repeat(length)}`;
}

function receipt(text: string): Draft {
  return { type: 'RECEIPT', body: { payload: { text } } };
}
