/** What all commands have in common: how they report wrong usage, `--json`, an example in their help, where to find the node. */
import { Command, InvalidArgumentError, Option } from 'commander';

/** The folder a node uses unless told otherwise; the configuration has the same default. */
export const DEFAULT_DIRECTORY = './tessrax-data';

/** A command of its own: errors and help come back as exceptions, and main.ts prints them. */
export function newCommand(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false);
}

/** A command with `--json` and examples in its help. */
export function commandWith(name: string, summary: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  ${example}`).join('\n');
  return newCommand(name, summary)
    .option('--json', 'print JSON: one object, or one a line')
    .addHelpText('after', `\nExample${examples.length === 1 ? '' : 's'}:\n${lines}`);
}

export interface JsonOption {
  readonly json?: boolean;
}

/** Where the running node is. */
export interface NodeOptions extends JsonOption {
  readonly dir: string;
  readonly api?: string;
}

/** A command that asks a running node. */
export function nodeCommand(name: string, summary: string, examples: readonly string[]): Command {
  return commandWith(name, summary, examples)
    .addOption(directoryOption('folder of the running node').default(DEFAULT_DIRECTORY).env('TESSRAX_DIR'))
    .option('--api <host:port>', 'address of its API, instead of looking into the folder');
}

export function directoryOption(what: string): Option {
  return new Option('--dir <dir>', what);
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** A whole number within bounds, both included. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
