/** A copy of the core and the simulator in a temporary folder: once as they are, and once for each mutant. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countOf, type Mutant } from './mutant.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** What a seed needs; package.json says what stands behind `#sha256`. */
const PARTS = ['package.json', 'src/core', 'src/verify', 'src/ports.ts', 'test/sim', 'test/reference'];

export class Workspace {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tessrax-mutants-'));
  /** The sources at the time of the call: what is edited meanwhile changes nothing. */
  readonly untouched = this.#copy(ROOT, 'untouched');

  /** A folder with one guard taken away. Throws when its text does not stand there exactly once. */
  mutated(mutant: Mutant, name: string): string {
    const folder = this.#copy(this.untouched, name);
    for (const place of placesOf(mutant)) {
      const path = join(folder, 'src/core', place.file);
      writeFileSync(path, mutate(place, readFileSync(path, 'utf8')));
    }
    return folder;
  }

  drop(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
  }

  close(): void {
    this.drop(this.#folder);
  }

  #copy(from: string, name: string): string {
    const folder = join(this.#folder, name);
    for (const part of PARTS) cpSync(join(from, part), join(folder, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
    return folder;
  }
}

/** Everywhere that a mutant changes the sources. */
export function placesOf({ name, file, find, replace, also = [] }: Mutant): readonly Place[] {
  return [{ file, find, replace }, ...also].map((place) => ({ ...place, name }));
}

type Place = Pick<Mutant, 'name' | 'file' | 'find' | 'replace'>;

/** The source of a file, without the guard. */
export function mutate({ name, file, find, replace }: Place, source: string): string {
  const times = countOf(source, find);
  if (times !== 1) throw new Error(`mutant "${name}": its text stands ${times} times in src/core/${file}: ${find}`);
  return source.replace(find, () => replace);
}

export function coreSource(file: string): string {
  return readFileSync(join(ROOT, 'src/core', file), 'utf8');
}
