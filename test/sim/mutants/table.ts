/** Every guard that is taken away to see whether a checker notices. The texts must stand in the sources exactly once. */
import { ENTRY_MUTANTS } from './entries.ts';
import { EXCHANGE_MUTANTS } from './exchanges.ts';
import { FINALITY_MUTANTS } from './finality.ts';
import { GOVERNANCE_MUTANTS } from './governance.ts';
import type { Mutant } from './mutant.ts';
import { STANDING_MUTANTS } from './standing.ts';

export const MUTANTS: readonly Mutant[] = [
  ...ENTRY_MUTANTS,
  ...EXCHANGE_MUTANTS,
  ...FINALITY_MUTANTS,
  ...GOVERNANCE_MUTANTS,
  ...STANDING_MUTANTS,
];
