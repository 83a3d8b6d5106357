/** Every kind of fault, in the order in which a seed draws them. */
import { accuser } from './accuser.ts';
import { concealer } from './concealer.ts';
import { counterfeiter } from './counterfeiter.ts';
import { crash, crashStored, crashUnstored, tornTail } from './crash.ts';
import { bitFlip, lostDisk, lostMarker, rollback } from './disk.ts';
import { equivocator } from './equivocator.ts';
import type { Fault } from './fault.ts';
import { flooder } from './flooder.ts';
import { forger } from './forger.ts';
import { flip, garbage, truncate } from './garbage.ts';
import { governance } from './governance.ts';
import { importuner } from './importuner.ts';
import { impostor } from './impostor.ts';
import { liar } from './liar.ts';
import { delay, drop, duplicate, reorder } from './messages.ts';
import { misfit } from './misfit.ts';
import { oneWay } from './one-way.ts';
import { partition } from './partition.ts';
import { replayer } from './replayer.ts';
import { reset } from './reset.ts';
import { partedRevocation, revocation, unrepentant } from './revocation.ts';
import { secondVote } from './second-vote.ts';
import { clockJump, skew } from './skew.ts';
import { slow } from './slow.ts';
import { splitVote } from './split-vote.ts';
import { stall } from './stall.ts';
import { stranger } from './stranger.ts';
import { trespasser } from './trespasser.ts';
import { twins } from './twins.ts';
import { twoFaced } from './two-faced.ts';
import { usurper } from './usurper.ts';
import { withholder } from './withholder.ts';

export type { Fault } from './fault.ts';

/** What happens to networks, machines and disks. */
const NATURAL: readonly Fault[] = [
  drop,
  duplicate,
  reorder,
  delay,
  partition,
  oneWay,
  reset,
  crash,
  crashUnstored,
  crashStored,
  tornTail,
  bitFlip,
  lostDisk,
  lostMarker,
  rollback,
  skew,
  clockJump,
  slow,
];

/** What members do, and the one hostile node of a seed. */
const HOSTILE: readonly Fault[] = [
  // Only an outsider can trespass: it is chosen first of the hostile kinds.
  trespasser,
  equivocator,
  twoFaced,
  revocation,
  governance,
  secondVote,
  partedRevocation,
  unrepentant,
  replayer,
  flooder,
  withholder,
  concealer,
  splitVote,
  // Who changes what a message says comes before who spoils its bytes.
  forger,
  misfit,
  liar,
  impostor,
  stranger,
  accuser,
  counterfeiter,
  usurper,
  garbage,
  truncate,
  flip,
  stall,
];

const DRAWN: readonly Fault[] = [...NATURAL, ...HOSTILE];

/** Few seeds have one of these: the first costs many events, and after the second the hostile node does little else. */
export const RARE: readonly Fault[] = [importuner, twins];

export const FAULTS: readonly Fault[] = [...DRAWN, ...RARE];

/** The kind whose turn it is in a seed, and those that may be drawn beside it. */
export function turnOf(seed: number): { readonly turn: Fault | undefined; readonly beside: readonly Fault[] } {
  const turn = DRAWN[seed % DRAWN.length];
  return { turn, beside: turn?.amongHonest === true ? NATURAL : DRAWN };
}
