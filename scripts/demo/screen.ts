/** What the demo shows: a bar per phase on a terminal, a line per phase elsewhere; then a table. */
import type { DemoNode } from './cluster.ts';

const BAR_WIDTH = 30;

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
