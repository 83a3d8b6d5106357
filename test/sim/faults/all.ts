/** Every kind of fault, in the order in which a seed draws them. */
import { accuser } from './accuser.ts';
import { counterfeiter } from './counterfeiter.ts';
import { crash, crashStored, crashUnstored } from './crash.ts';
import { equivocator } from './equivocator.ts';
import type { Fault } from './fault.ts';
import { forger } from './forger.ts';
import { flip, garbage, truncate } from './garbage.ts';
import { governance } from './governance.ts';
import { impostor } from './impostor.ts';
import { liar } from './liar.ts';
import { delay, drop, duplicate, reorder } from './messages.ts';
import { misfit } from './misfit.ts';
import { partition } from './partition.ts';
import { reset } from './reset.ts';
import { revocation } from './revocation.ts';
import { skew } from './skew.ts';
import { stall } from './stall.ts';
import { stranger } from './stranger.ts';
import { trespasser } from './trespasser.ts';
import { twoFaced } from './two-faced.ts';

export type { Fault } from './fault.ts';

export const FAULTS: readonly Fault[] = [
  drop,
  duplicate,
  reorder,
  delay,
  partition,
  reset,
  crash,
  crashUnstored,
  crashStored,
  skew,
  // Only an outsider can trespass: it is chosen first of the hostile kinds.
  trespasser,
  equivocator,
  twoFaced,
  revocation,
  governance,
  // Who changes what a message says comes before who spoils its bytes.
  forger,
  misfit,
  liar,
  impostor,
  stranger,
  accuser,
  counterfeiter,
  garbage,
  truncate,
  flip,
  stall,
];
