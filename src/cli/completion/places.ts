/** Where something can be completed on a command line, and what may stand there: read off the commands themselves. */
import type { Argument, Command, Option } from 'commander';
import { LOG_LEVELS } from '../../config.ts';

/** What a value may be. Peer IDs are those in the federation file of the node's folder: no node need run for them. */
export type Value = 'files' | 'folders' | 'peers' | readonly string[];

export interface Word {
  readonly word: string;
  readonly about: string;
}

/** One command, and what may follow it. */
export interface Place {
  /** `tessrax governance vote` */
  readonly path: string;
  readonly subcommands: readonly Word[];
  readonly options: readonly (Word & {
    readonly short?: string /** Absent: it takes none. */;
    readonly value?: Value;
  })[];
  /** What may stand as an argument, wherever. */
  readonly values: readonly Value[];
}

/** By what stands between the brackets: `--out <file>`. What is not here is free text, a number, an address. */
const VALUES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['file', 'files'],
  ['path', 'files'],
  ['dir', 'folders'],
  ['peer', 'peers'],
  ['peer[@org]', 'peers'],
  ['origin', 'peers'],
  ['origin[:seq]', 'peers'],
  ['type', ['RECEIPT', 'SCAR', 'GOVERNANCE', 'REVOCATION']],
  ['level', LOG_LEVELS],
]);

const HELP = { word: '--help', about: 'show this help', short: '-h' };

/** The command and all below it; those before what is below them. */
export function placesOf(command: Command, before = ''): Place[] {
  const path = `${before}${command.name()}`;
  const place = {
    path,
    subcommands: command.commands.map((sub) => ({ word: sub.name(), about: sub.description() })),
    options: [...command.options.flatMap(optionWord), HELP],
    values: command.registeredArguments.map((argument) => kindOf(argument.name(), argument)).filter(isKnown),
  };
  return [place, ...command.commands.flatMap((sub) => placesOf(sub, `${path} `))];
}

function optionWord(option: Option): Place['options'] {
  const { long, short, description, flags } = option;
  if (typeof long !== 'string') return [];
  const word = { word: long, about: description, ...(typeof short === 'string' ? { short } : {}) };
  // An option whose value may be left out is completed like one that has none.
  const [, name] = /<(.+?)>$/.exec(flags) ?? [];
  return [name === undefined ? word : { ...word, value: kindOf(name, option) ?? [] }];
}

function isKnown(value: Value | undefined): value is Value {
  return value !== undefined;
}

function kindOf(name: string, { argChoices }: Option | Argument): Value | undefined {
  return argChoices ?? VALUES.get(name);
}
