/** Every checker; each simulation makes its own. The first broken invariant is the one that is reported. */
import { accountability } from './accountability.ts';
import { auditability } from './auditability.ts';
import { ballots } from './ballots.ts';
import type { Checker } from './checker.ts';
import { convergence } from './convergence.ts';
import { durability } from './durability.ts';
import { effort } from './effort.ts';
import { federation } from './federation.ts';
import { finality } from './finality.ts';
import { governance } from './governance.ts';
import { handoff } from './handoff.ts';
import { memory } from './memory.ts';
import { patience } from './patience.ts';
import { rejoin } from './rejoin.ts';
import { revocation } from './revocation.ts';
import { safety } from './safety.ts';
import { service } from './service.ts';
import { silence } from './silence.ts';
import { speech } from './speech.ts';
import { standing } from './standing.ts';
import { validity } from './validity.ts';
import { verdicts } from './verdicts.ts';
import { votes } from './votes.ts';
import { writers } from './writers.ts';

export const CHECKERS: readonly (() => Checker)[] = [
  validity,
  safety,
  convergence,
  durability,
  auditability,
  silence,
  finality,
  votes,
  accountability,
  rejoin,
  revocation,
  governance,
  ballots,
  handoff,
  verdicts,
  effort,
  service,
  standing,
  patience,
  speech,
  memory,
  federation,
  writers,
];
