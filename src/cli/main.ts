#!/usr/bin/env node
/** The `tessrax` command. What Node has compiled once it keeps for the next time: most of a short command's time. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// In the user's own folder: in one that is shared others could put code in its place. Where there is none it does without. It is written
// at the end, which of a node should come at once.
if (process.argv[2] !== 'start') enableCompileCache(join(homedir(), '.cache', 'tessrax'));
const { run } = await import('./run.ts');

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await run(process.argv.slice(2));
