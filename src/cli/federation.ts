/** tessrax federation create, show and check: the file that every member of a federation holds. */
import type { Command } from 'commander';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { TessraxError } from '../core/errors.ts';
import {
  draftFederation,
  type Federation,
  type FederationDraft,
  readFederation,
  type Witness,
} from '../core/federation/genesis.ts';
import { WITNESSES_COUNT_MAX } from '../core/limits.ts';
import { publicKeyOf } from '../core/peer-id.ts';
import { loadFederationFile } from '../offline/federation-file.ts';
import { writeNewFile } from '../offline/files.ts';
import { collect, commandWith, type JsonOption, newCommand, wholeNumber } from './command.ts';
import { usageError } from './exit.ts';
import { checkCommand } from './federation-check.ts';
import { counted, print, printJson, printText } from './output.ts';
import { listLines } from './table.ts';

/** Entries per origin when `--open` names no quota: years of a busy writer, and a bound on a hostile one. */
const OPEN_QUOTA_DEFAULT = 1_000_000;

interface CreateOptions extends JsonOption {
  readonly name: string;
  readonly witness: readonly string[];
  readonly writer?: readonly string[];
  readonly threshold?: number;
  readonly open?: number | true;
  readonly out: string;
}

export function command(): Command {
  return newCommand('federation', 'Make, read or check a federation file. Its hash is the federation’s ID.')
    .addCommand(createCommand())
    .addCommand(showCommand())
    .addCommand(checkCommand())
    .addHelpText('after', '\nExample:\n  tessrax federation show federation.json');
}

function createCommand(): Command {
  return commandWith('create', 'Make a federation file. An existing file is never overwritten.', [
    'tessrax federation create --name Demo --witness 12D3KooW…@Alpha --witness 12D3KooW…@Beta --out federation.json',
  ])
    .requiredOption('--name <name>', 'name for people')
    .requiredOption('--witness <peer[@org]>', 'a witness and its organisation; give it once for each', collect)
    .option(
      '--threshold <k>',
      'witnesses that make a quorum (default: two thirds and one)',
      wholeNumber(1, WITNESSES_COUNT_MAX),
    )
    .option(
      '--open [quota]',
      `anybody may write, so many entries each (default ${OPEN_QUOTA_DEFAULT})`,
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
    )
    .option('--writer <peer>', 'a writer beside the witnesses; give it once for each', collect)
    .requiredOption('--out <file>', 'file to make')
    .action(create);
}

function showCommand(): Command {
  return commandWith('show', 'Print what a federation file says.', ['tessrax federation show federation.json'])
    .argument('<file>', 'federation file')
    .action(async (file: string, { json }: JsonOption) => {
      const { federation } = await loadFederationFile(file);
      if (json) printJson(federationJson(federation));
      else for (const line of federationLines(federation)) print(line);
    });
}

async function create({ name, witness, writer, threshold, open, out, json }: CreateOptions): Promise<void> {
  if (open !== undefined && writer !== undefined) throw usageError('--open lets anybody write: leave --writer out');
  for (const peer of writer ?? []) checkPeer(peer, '--writer');
  const file = draft({
    name,
    witnesses: witness.map(readWitness),
    ...(threshold === undefined ? {} : { threshold }),
    ...(open === undefined ? {} : { openQuota: open === true ? OPEN_QUOTA_DEFAULT : open }),
    ...(writer === undefined ? {} : { writers: writer }),
  });
  await writeNewFile(out, `${JSON.stringify(file, null, 2)}\n`);
  const federation = readFederation(file);
  if (json) printJson({ path: out, ...federationJson(federation) });
  else printText(`${federation.id}  ${out}: every member needs this very file`);
}

/** What is wrong with a draft was typed by the caller. */
function draft(content: FederationDraft): JsonObject {
  try {
    return draftFederation(content);
  } catch (error) {
    if (error instanceof TessraxError && error.code === 'federation_invalid') throw usageError(error.message);
    throw error;
  }
}

function readWitness(text: string): Witness {
  const at = text.indexOf('@');
  const peer = at < 0 ? text : text.slice(0, at);
  checkPeer(peer, '--witness');
  return { peer, organisation: at < 0 ? '' : text.slice(at + 1) };
}

function checkPeer(peer: string, option: string): void {
  if (publicKeyOf(peer) !== undefined) return;
  throw usageError(
    `${option}: "${peer}" is not the peer ID of an Ed25519 key`,
    'tessrax id --key FILE prints it: 12D3KooW…',
  );
}

function federationJson({ id, name, witnesses, threshold, writers }: Federation): object {
  return {
    id,
    name,
    threshold,
    witnesses,
    writers: writers.mode === 'open' ? writers : { mode: writers.mode, peers: [...writers.peers] },
  };
}

function federationLines({ id, name, witnesses, threshold, writers }: Federation): string[] {
  const writing =
    writers.mode === 'open'
      ? `anybody, ${counted(writers.quota, 'entry', 'entries')} each`
      : [...writers.peers].join('\n');
  const members = witnesses.map(({ peer, organisation }) => (organisation === '' ? peer : `${peer}  ${organisation}`));
  return [
    ...listLines([
      ['id', id],
      ['name', name],
      ['threshold', `${threshold} of ${counted(witnesses.length, 'witness', 'witnesses')}`],
    ]),
    ...listLines(members.map((member, i) => [i === 0 ? 'witnesses' : '         ', member])),
    ...listLines(writing.split('\n').map((writer, i) => [i === 0 ? 'writers  ' : '         ', writer])),
  ];
}
