/** What the demo shows: a bar per phase on a terminal, a line per phase elsewhere; then a table. */
import { TessraxError } from '../../src/core/errors.ts';
import type { DemoNode } from './cluster.ts';

const BAR_WIDTH = 30;
const CONVERGE_MS_MAX = 120_000;
const POLL_MS = 100;

export class Progress {
  readonly #what: string;
  readonly #goal: number;
  readonly #started = performance.now();
  #value = 0;

  constructor(what: string, goal: number) {
    this.#what = what;
    this.#goal = goal;
    this.#draw();
  }

  add(count: number): void {
    this.set(this.#value + count);
  }

  set(value: number): void {
    this.#value = value;
    this.#draw();
  }

  end(): void {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1);
    const line = this.#line();
    process.stdout.write(process.stdout.isTTY ? `\r${line} ${seconds} s\n` : `${line} ${seconds} s\n`);
  }

  #draw(): void {
    if (process.stdout.isTTY) process.stdout.write(`\r${this.#line()}`);
  }

  #line(): string {
    const share = this.#goal === 0 ? 1 : Math.min(1, this.#value / this.#goal);
    const full = Math.floor(share * BAR_WIDTH);
    const count = `${this.#value}/${this.#goal}`;
    return `${this.#what.padEnd(28)} [${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${count.padStart(11)}`;
  }
}

/** Measures until the goal is reached. Rejects with `not_converged` after CONVERGE_MS_MAX. */
export async function waitUntil(what: string, goal: number, measure: () => Promise<number>): Promise<void> {
  const progress = new Progress(what, goal);
  const deadline = performance.now() + CONVERGE_MS_MAX;
  for (let value = await measure(); value < goal; value = await measure()) {
    progress.set(value);
    if (performance.now() > deadline) {
      progress.end();
      throw new TessraxError(
        'not_converged',
        `"${what}" did not happen within ${CONVERGE_MS_MAX / 1000} s (${value} of ${goal})`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  progress.set(goal);
  progress.end();
}

/** One row a node. */
export async function printTable(nodes: readonly DemoNode[]): Promise<void> {
  const rows = [['node', 'height', 'root', 'peers', 'certified', 'syncs']];
  for (const node of nodes) {
    const { height, root, peers, certified } = await node.status();
    rows.push([
      node.name,
      String(height),
      `${root.slice(0, 16)}…`,
      String(peers),
      String(certified),
      String(await node.syncs()),
    ]);
  }
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}
