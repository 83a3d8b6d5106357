/** The `tessrax` command line. Only the code of the command that was typed is loaded, so that each starts fast. */
import { type Command, CommanderError } from 'commander';
import { describeError } from '../core/errors.ts';
import { VERSION } from '../version.ts';
import { newCommand } from './command.ts';
import { EXIT, exitCodeOf } from './exit.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: () => Command }>;
}

const COMMANDS: readonly Entry[] = [
  { name: 'keygen', summary: 'make a key for a node', load: () => import('./keygen.ts') },
  { name: 'id', summary: 'print the peer ID of a key', load: () => import('./id.ts') },
  { name: 'federation', summary: 'make, read or check a federation file', load: () => import('./federation.ts') },
  { name: 'init', summary: 'make a folder for a node: key and configuration', load: () => import('./init.ts') },
  { name: 'start', summary: 'run a node', load: () => import('./start.ts') },
  { name: 'append', summary: 'append entries to the node’s feed', load: () => import('./append.ts') },
  { name: 'import', summary: 'append every line of a JSON Lines file', load: () => import('./import.ts') },
  { name: 'export', summary: 'write the ledger as JSON Lines, with proof', load: () => import('./export.ts') },
  { name: 'log', summary: 'list the newest entries', load: () => import('./log.ts') },
  { name: 'show', summary: 'print one entry', load: () => import('./show.ts') },
  { name: 'proof', summary: 'get the proof of an entry', load: () => import('./proof.ts') },
  {
    name: 'verify',
    summary: 'check exports, proofs, certificates, data folders, offline',
    load: () => import('./verify.ts'),
  },
  {
    name: 'governance',
    summary: 'propose policies and decisions, vote on them, see how the federation stands',
    load: () => import('./governance.ts'),
  },
  { name: 'status', summary: 'print how the node stands', load: () => import('./status.ts') },
  { name: 'sync', summary: 'wait until the node has caught up', load: () => import('./sync.ts') },
  { name: 'peers', summary: 'list the peers of the node', load: () => import('./peers.ts') },
  { name: 'scars', summary: 'list recorded contradictions', load: () => import('./scars.ts') },
  { name: 'seal', summary: 'record the ledger root as it is now', load: () => import('./seal.ts') },
  { name: 'revoke', summary: 'state that a node is not to be trusted', load: () => import('./revoke.ts') },
  { name: 'journal', summary: 'list the node’s record of its synchronisations', load: () => import('./journal.ts') },
  { name: 'doctor', summary: 'look for what keeps a node from running well', load: () => import('./doctor.ts') },
  {
    name: 'completion',
    summary: 'print a script for bash, zsh or fish',
    load: async () => {
      const { command } = await import('./completion.ts');
      return { command: () => command(loadAll) };
    },
  },
];

/** Every command but the one that asks. */
async function loadAll(): Promise<Command[]> {
  const others = COMMANDS.filter(({ name }) => name !== 'completion');
  return await Promise.all(others.map(async ({ load }) => (await load()).command()));
}

/** Runs a command line and gives its exit code. What went wrong is one line on standard error. */
export async function run(args: readonly string[]): Promise<number> {
  let program: Command | undefined;
  try {
    program = await buildProgram(args[0]);
    await program.parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done; // help and version, already printed
    process.stderr.write(
      `tessrax: ${error instanceof CommanderError ? usageText(error, commandPath(program, args)) : describeError(error)}\n`,
    );
    return error instanceof CommanderError ? EXIT.usage : exitCodeOf(error);
  }
}

/** All commands by name and summary; the one that was typed complete. */
async function buildProgram(typed: string | undefined): Promise<Command> {
  const program = newCommand('tessrax', 'A node of a federation, and tools for its ledger.')
    .version(VERSION, '-V, --version', 'print the version')
    .addHelpText(
      'after',
      '\nExample:\n  tessrax init && tessrax start\n\nExit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 cannot reach the node.',
    );
  for (const { name, summary, load } of COMMANDS) {
    program.addCommand(name === typed ? (await load()).command() : newCommand(name, summary));
  }
  return program;
}

function usageText(error: CommanderError, path: readonly string[]): string {
  const see = `see: ${['tessrax', ...path, '--help'].join(' ')}`;
  if (error.code === 'commander.help') return `a command is missing (${see})`;
  return `${error.message.replace(/^error: /, '').replaceAll('\n', ' ')} (${see})`;
}

/** The names of the command that was typed, as far as there is one: its help says most. */
function commandPath(program: Command | undefined, args: readonly string[]): string[] {
  const [name = '', ...others] = args;
  const typed = program?.commands.find((command) => command.name() === name);
  return typed === undefined ? [] : [name, ...commandPath(typed, others)];
}
