/** The source as text, for tidy.test.ts: files, imports, and code without its comments. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Made by tools or by people's programs, not written here. */
const NOT_OURS = new Set(['node_modules', '.git', 'dist', 'coverage', 'vectors', 'fixtures']);

export interface Import {
  /** As it is written: a package, a name with '#', or a path. */
  readonly specifier: string;
  /** Path of the file from the root; undefined for a package. */
  readonly file: string | undefined;
  readonly typeOnly: boolean;
}

/** Paths from the root of all files under a folder whose names end so. */
export function filesUnder(folder: string, ...endings: readonly string[]): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !NOT_OURS.has(entry.name)) files.push(...filesUnder(path, ...endings));
    else if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending))) files.push(path);
  }
  return files.sort();
}

export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The text with comments blanked out and, if asked for, what strings hold. Line breaks stay where they are. */
export function codeOf(file: string, withStrings = true): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;
  return textOf(file).replace(token, (match) => {
    const isComment = match.startsWith('//') || match.startsWith('/*');
    return isComment || !withStrings ? match.replace(/[^\n]/g, ' ') : match;
  });
}

const STATIC = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?[^'";]*?from\s+'([^']+)'/g;
const BARE = /(?:^|\n)\s*import\s+'([^']+)'/g;
const DYNAMIC = /\bimport\('([^']+)'\)/g;

export function importsOf(file: string): Import[] {
  const code = codeOf(file);
  const found = [
    ...[...code.matchAll(STATIC)].map(([, type, specifier]) => ({ specifier, typeOnly: type !== undefined })),
    ...[...code.matchAll(BARE), ...code.matchAll(DYNAMIC)].map(([, specifier]) => ({ specifier, typeOnly: false })),
  ];
  return found.map(({ specifier = '', typeOnly }) => {
    const local = specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), specifier)) : undefined;
    return { specifier, file: local, typeOnly };
  });
}
