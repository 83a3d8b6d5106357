/** A kind of fault: how it is set to strike in one simulation. */
import type { World } from '../world.ts';

export interface Fault {
  /** Its name on the command line and in the report. */
  readonly kind: string;
  /** It strikes only where nobody is hostile: in its turn nobody is. */
  readonly amongHonest?: boolean;
  /** Sets it up for the safety phase; `fired` counts each time it strikes. */
  install(world: World, fired: () => void): void;
}
