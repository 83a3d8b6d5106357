/** One guard of the core, and how it is taken away. */
export interface Mutant {
  /** What is missing, in a few words; unique. */
  readonly name: string;
  /** Under src/core. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  /** Stands there instead. Types are stripped, not checked. */
  readonly replace: string;
  /** Other places that hold the same guard: what one of them lets through another would stop. */
  readonly also?: readonly Pick<Mutant, 'file' | 'find' | 'replace'>[];
  /** Kinds of fault that provoke what the guard is for; they strike in every seed. */
  readonly faults: readonly string[];
  /** The invariants that may be expected to break, the likeliest first; what breaks first depends on the seed. */
  readonly catches: readonly string[];
  /** Virtual minutes of faults; 2 when absent. */
  readonly minutes?: number;
  /** Nodes; drawn by the seed when absent. */
  readonly nodes?: number;
  /** Why nothing can break without this guard: it is there for speed, or another one stands behind it. */
  readonly equivalent?: string;
}

/** How often a text occurs in another. */
export function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}
