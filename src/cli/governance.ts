/** tessrax governance propose, vote, show: who the witnesses are and what the federation decides, through the running node. */
import { Argument, type Command, Option } from 'commander';
import type { JsonObject, JsonValue } from '../core/entry/canonical-json.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { DECISION_TEXT_LENGTH_MAX, WITNESSES_COUNT_MAX } from '../core/limits.ts';
import { publicKeyOf } from '../core/peer-id.ts';
import { readWholeFile } from '../offline/files.ts';
import { numberIn, textIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, newCommand, nodeCommand, wholeNumber } from './command.ts';
import { usageError } from './exit.ts';
import { governanceLines } from './governance-lines.ts';
import { checkHash } from './hash.ts';
import { outputWidth, print, printJson, printText } from './output.ts';

/** A UTF-16 unit takes at most three bytes in UTF-8. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

export function command(): Command {
  return newCommand('governance', 'Propose changes of the federation, vote on them, and see how it stands.')
    .addCommand(proposeCommand())
    .addCommand(voteCommand())
    .addCommand(showCommand())
    .addHelpText('after', '\nExample:\n  tessrax governance show');
}

function proposeCommand(): Command {
  return newCommand('propose', 'Propose a change. Any writer may; witnesses vote.')
    .addCommand(admitCommand())
    .addCommand(removeCommand())
    .addCommand(thresholdCommand())
    .addCommand(policyCommand())
    .addCommand(decisionCommand())
    .addHelpText('after', '\nExample:\n  tessrax governance propose policy retention \'{"days":30}\'');
}

interface ThresholdOptions extends NodeOptions {
  readonly threshold?: number;
}

function admitCommand(): Command {
  return nodeCommand('admit', 'Propose a new witness. It is one when the proposal is adopted.', [
    'tessrax governance propose admit 12D3KooW…@Delta',
  ])
    .argument('<peer[@org]>', 'its peer ID and organisation')
    .addOption(thresholdOption())
    .action(async (witness: string, options: ThresholdOptions) => {
      const at = witness.indexOf('@');
      const peer = checkPeer(at < 0 ? witness : witness.slice(0, at));
      await propose(
        { kind: 'admit', peer, organisation: at < 0 ? '' : witness.slice(at + 1), ...thresholdOf(options) },
        options,
      );
    });
}

function removeCommand(): Command {
  return nodeCommand('remove', 'Propose that a witness is one no more.', [
    'tessrax governance propose remove 12D3KooW…',
  ])
    .argument('<peer>', 'its peer ID')
    .addOption(thresholdOption())
    .action(async (peer: string, options: ThresholdOptions) => {
      await propose({ kind: 'remove', peer: checkPeer(peer), ...thresholdOf(options) }, options);
    });
}

function thresholdCommand(): Command {
  return nodeCommand('threshold', 'Propose another number of witnesses that certify.', [
    'tessrax governance propose threshold 4',
  ])
    .argument('<k>', 'witnesses that make a quorum', wholeNumber(1, WITNESSES_COUNT_MAX))
    .action(
      async (threshold: number, options: NodeOptions) => await propose({ kind: 'threshold', threshold }, options),
    );
}

function policyCommand(): Command {
  return nodeCommand('policy', 'Propose a policy: a name and a value that every member sees.', [
    'tessrax governance propose policy retention \'{"days":30}\'',
    'tessrax governance propose policy retention null',
  ])
    .argument('<name>', 'lower-case letters, digits, dots and dashes')
    .argument('<value>', 'JSON; null takes the policy back')
    .action(async (name: string, value: string, options: NodeOptions) => {
      await propose({ kind: 'policy', name, value: jsonArgument(value) }, options);
    });
}

interface DecisionOptions extends NodeOptions {
  readonly text?: string;
  readonly file?: string;
}

function decisionCommand(): Command {
  return nodeCommand('decision', 'Propose a decision in words.', [
    'tessrax governance propose decision "We meet on Mondays" --text "At ten, on the usual channel."',
  ])
    .argument('<title>', 'what is decided, in one line')
    .option('--text <text>', 'the whole of it')
    .addOption(new Option('--file <file>', 'the whole of it, from a file').conflicts('text'))
    .action(async (title: string, options: DecisionOptions) => {
      const text = options.file === undefined ? (options.text ?? '') : await readText(options.file);
      await propose({ kind: 'decision', title, text }, options);
    });
}

interface VoteOptions extends NodeOptions {
  readonly again?: boolean;
}

function voteCommand(): Command {
  return nodeCommand('vote', 'Vote on a proposal with the running node, a witness. It has one vote in a ballot.', [
    'tessrax governance vote 3f…a9 yes',
  ])
    .argument('<hash>', 'the proposal’s receipt hash')
    .addArgument(new Argument('<choice>', 'yes or no').choices(['yes', 'no']))
    .option('--again', 'in the next ballot, although its vote still counts: when one who voted otherwise will join')
    .action(async (hash: string, chosen: string, options: VoteOptions) => {
      const client = await connect(options);
      const vote = await client.post('/v1/governance/votes', {
        proposal: checkHash(hash),
        choice: chosen,
        again: options.again === true,
      });
      if (options.json === true) printJson(vote);
      else
        printText(
          `${textIn(vote, 'hash')}  ${chosen} in ballot ${numberIn(vote, 'ballot')} of epoch ${numberIn(vote, 'epoch')}${already(vote)}; it counts when it is final`,
        );
    });
}

interface ShowOptions extends NodeOptions {
  readonly history: number;
}

function showCommand(): Command {
  return nodeCommand('show', 'Print witnesses, policies, open proposals and what was decided.', [
    'tessrax governance show',
  ])
    .option('--history <n>', 'so many of the newest decisions', wholeNumber(0, 1000), 10)
    .action(async (options: ShowOptions) => {
      const client = await connect(options);
      const state = await client.get(`/v1/governance?limit=${options.history}`);
      if (options.json === true) printJson(state);
      else for (const line of governanceLines(state, outputWidth())) print(line);
    });
}

async function propose(change: JsonObject, options: NodeOptions): Promise<void> {
  const client = await connect(options);
  const proposal = await client.post('/v1/governance/proposals', change);
  if (options.json === true) printJson(proposal);
  else
    printText(
      `${textIn(proposal, 'hash')}  proposed in ballot ${numberIn(proposal, 'ballot')} of epoch ${numberIn(proposal, 'epoch')}${already(proposal)}; witnesses vote on this hash`,
    );
}

/** The node says nothing twice; what it said before is shown instead. */
function already(entry: JsonObject): string {
  return entry['existing'] === true ? ` already (entry ${numberIn(entry, 'seq')})` : '';
}

function thresholdOption(): Option {
  return new Option('--threshold <k>', 'witnesses that certify afterwards (default: two thirds and one)').argParser(
    wholeNumber(1, WITNESSES_COUNT_MAX),
  );
}

function thresholdOf({ threshold }: ThresholdOptions): JsonObject {
  return threshold === undefined ? {} : { threshold };
}

function checkPeer(peer: string): string {
  if (publicKeyOf(peer) !== undefined) return peer;
  throw usageError(`"${peer}" is not the peer ID of an Ed25519 key`, 'tessrax id --key FILE prints it: 12D3KooW…');
}

function jsonArgument(text: string): JsonValue {
  try {
    return parseStrict(text);
  } catch (error) {
    throw usageError(
      `"${text}" is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      'put text in double quotes: \'"text"\'',
    );
  }
}

async function readText(file: string): Promise<string> {
  const bytes = await readWholeFile(file, DECISION_TEXT_LENGTH_MAX * UTF8_BYTES_PER_UNIT_MAX);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).trimEnd();
  } catch {
    throw usageError(`${file} is not UTF-8 text`, 'save it as UTF-8'); // the only way a fatal decoder fails
  }
}
