/** Lines that are drawn again in place on a terminal. Elsewhere each drawing follows the one before, and one that is the same is left out. */
import { stripVTControlCharacters } from 'node:util';

const CURSOR_UP = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A`);
const ERASE_BELOW = '\r\u001b[J';

export class Screen {
  #rows = 0;
  #shown = '';

  show(lines: readonly string[]): void {
    const text = lines.join('\n');
    if (!process.stdout.isTTY) {
      if (text !== this.#shown) process.stdout.write(`${text}\n\n`);
    } else {
      process.stdout.write(`${CURSOR_UP(this.#rows)}${ERASE_BELOW}${text}\n`);
      this.#rows = lines.reduce((rows, line) => rows + rowsOf(line), 0);
    }
    this.#shown = text;
  }
}

/** A line longer than the terminal is wide takes several rows. */
function rowsOf(line: string): number {
  return Math.max(1, Math.ceil(stripVTControlCharacters(line).length / process.stdout.columns));
}
