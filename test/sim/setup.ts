/** What a seed decides before anything happens: the nodes, their keys, who is connected to whom, and the faults in force. */
import { draftFederation, readFederation } from '../../src/core/federation/genesis.ts';
import { CHECKERS } from './checkers/all.ts';
import { Dice } from './dice.ts';
import { FAULTS, type Fault, RARE, turnOf } from './faults/all.ts';
import { drawKeys } from './signatures.ts';
import { type Defects, World } from './world.ts';

const NODES_DEFAULT: NodeCount = [3, 7];
const OPEN_QUOTA = 100_000;
/** A federation of fewer has no outsider: what is left must still be able to vote. */
const NODES_WITH_OUTSIDER_MIN = 4;

/** A large federation has many members and few witnesses. */
const WITNESSES_MAX = 31;

export type NodeCount = number | readonly [number, number];

export interface SetupOptions {
  readonly seed: number;
  /** So many, or between the first and the last of a range, drawn by the seed. */
  readonly nodes?: NodeCount;
  readonly realSignatures?: boolean;
  readonly defects?: Defects;
}

export function createWorld({ seed, nodes = NODES_DEFAULT, realSignatures, defects }: SetupOptions): World {
  const dice = new Dice(seed);
  const count = typeof nodes === 'number' ? nodes : dice.int(...nodes);
  const table = drawKeys(count, realSignatures === true, dice);
  // The last node may be no witness; then it writes only where everybody may.
  const outsider = count >= NODES_WITH_OUTSIDER_MIN && dice.chance(0.4);
  const witnesses = (outsider ? table.keys.slice(0, -1) : table.keys).slice(0, WITNESSES_MAX);
  const federation = readFederation(
    draftFederation({
      name: 'simulation',
      witnesses: witnesses.map(({ peer }) => ({ peer, organisation: '' })),
      ...(dice.chance(0.5) ? { openQuota: OPEN_QUOTA } : {}),
    }),
  );
  return new World({
    dice,
    table,
    federation,
    pairs: drawPairs(count, dice),
    checkers: CHECKERS.map((create) => create()),
    defects: defects ?? {},
  });
}

const RARE_SALT = 0x1a7e;
const RARE_PROBABILITY = 0.06;

/** Some of the faults, so that each also meets the others' absence, now and then of all; or those that were asked for. */
export function drawFaults(dice: Dice, seed: number, asked: readonly string[] | undefined): readonly Fault[] {
  if (asked !== undefined) return FAULTS.filter(({ kind }) => asked.includes(kind));
  if (dice.chance(0.04)) return [];
  // Each kind has its turn, whatever the dice say.
  const { turn, beside } = turnOf(seed);
  const drawn = beside.filter((fault) => dice.chance(0.5) || fault === turn);
  if (turn?.amongHonest === true) return drawn;
  const own = new Dice(seed ^ RARE_SALT); // seeds without them stay what they were
  return [...drawn, ...RARE.filter(() => own.chance(RARE_PROBABILITY))];
}

/** In a large federation a node is connected to so many others, about: what gossip's mesh and the dialer settle at. */
const NEIGHBOURS_MAX = 9;

/** Who may be connected to whom: everybody to everybody, or a ring with some chords, so that no one node can part the others. */
function drawPairs(count: number, dice: Dice): [number, number][] {
  const density = Math.min(dice.chance(0.6) ? 1 : dice.between(0, 0.5), NEIGHBOURS_MAX / count);
  const pairs: [number, number][] = [];
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const neighbours = b === a + 1 || (a === 0 && b === count - 1);
      if (neighbours || dice.chance(density)) pairs.push([a, b]);
    }
  }
  return pairs;
}
