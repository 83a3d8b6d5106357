/** Every checker; each simulation makes its own. The first broken invariant is the one that is reported. */
import { auditability } from './auditability.ts';
import type { Checker } from './checker.ts';
import { convergence } from './convergence.ts';
import { durability } from './durability.ts';
import { finality } from './finality.ts';
import { memory } from './memory.ts';
import { safety } from './safety.ts';
import { silence } from './silence.ts';
import { validity } from './validity.ts';

export const CHECKERS: readonly (() => Checker)[] = [validity, safety, durability, convergence, auditability, silence, finality, memory];
