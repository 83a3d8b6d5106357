/** tessrax doctor: looks for what keeps a node from running well, and says what to do. Changes nothing. */
import type { Command } from 'commander';
import type { NodeClient } from '../client/connection.ts';
import type { Config } from '../config.ts';
import { TessraxError } from '../core/errors.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import type { Finding } from './doctor/finding.ts';
import { checkConfig, checkFederation, checkKey } from './doctor/folder.ts';
import { checkClock, checkDisk, checkMulticast, checkRuntime } from './doctor/machine.ts';
import { checkBootstrap, checkPorts } from './doctor/reach.ts';
import { checkRunning, listeningAddresses } from './doctor/running.ts';
import { EXIT } from './exit.ts';
import { counted, outputWidth, print, printable, printJson, styled, wrapped } from './output.ts';

const MARKS = { ok: '✓', warning: '!', failed: '✗', skipped: '-' } as const;
const COLOURS = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'gray' } as const;
const CHECK_WIDTH = 14;
/** Below the text, not below its arrow. */
const CONTINUED_REMEDY = 2;

export function command(): Command {
  return nodeCommand('doctor', 'Look for what keeps a node from running well: clock, key, ports, network, disk.', [
    'tessrax doctor --dir tessrax-data',
  ]).action(doctor);
}

async function doctor(options: NodeOptions): Promise<void> {
  const findings: Finding[] = [];
  for await (const finding of examine(options)) {
    findings.push(finding);
    if (options.json === true) printJson(finding);
    else for (const line of linesOf(finding)) print(line);
  }
  const failures = findings.filter(({ verdict }) => verdict === 'failed').length;
  const warnings = findings.filter(({ verdict }) => verdict === 'warning').length;
  if (failures > 0) process.exitCode = EXIT.no;
  if (options.json === true) return;
  print('');
  print(
    failures + warnings === 0
      ? 'nothing found'
      : `${counted(failures, 'failure', 'failures')}, ${counted(warnings, 'warning', 'warnings')}`,
  );
}

/** One after the other, from the machine outwards, so that the first failure is the likely cause of the next. */
async function* examine(options: NodeOptions): AsyncGenerator<Finding, void> {
  yield checkRuntime(process.versions.node);
  const { loadConfig } = await import('../config.ts');
  const { finding, config } = await checkConfig(() =>
    loadConfig({ flags: { directory: options.dir }, environment: process.env }),
  );
  yield finding;
  const node = await runningNode(options);
  if (config !== undefined) yield* examineFolder(config, node);
  if (node !== undefined) yield* await checkRunning(node);
  else
    yield {
      check: 'node',
      verdict: 'skipped',
      what: `no node runs in ${options.dir}: peers, versions and sync were not looked at`,
      remedy: '',
    };
}

async function* examineFolder(config: Config, node: NodeClient | undefined): AsyncGenerator<Finding, void> {
  const listening = node === undefined ? undefined : await listeningAddresses(node);
  const { finding, peerId } = await checkKey(config.key);
  yield finding;
  yield await checkFederation(config.federation, peerId);
  yield await checkDisk(config.directory);
  yield await checkClock(config.directory, Date.now());
  yield* await checkPorts(listening ?? config.listen, listening !== undefined);
  yield* await checkBootstrap(config);
  yield await checkMulticast(config.mdns);
}

async function runningNode(options: NodeOptions): Promise<NodeClient | undefined> {
  try {
    return await connect(options);
  } catch (error) {
    if (error instanceof TessraxError && error.code === 'node_not_running') return undefined;
    throw error;
  }
}

function linesOf({ check, verdict, what, remedy }: Finding): string[] {
  const mark = styled(COLOURS[verdict], MARKS[verdict]);
  const indent = CHECK_WIDTH + 3;
  const [first = '', ...others] = wrapped(printable(what), outputWidth() - indent, 0);
  const advice = remedy === '' ? [] : wrapped(`→ ${remedy}`, outputWidth() - indent, CONTINUED_REMEDY);
  return [
    `${mark} ${check.padEnd(CHECK_WIDTH)} ${first}`,
    ...[...others, ...advice].map((line) => ' '.repeat(indent) + line),
  ];
}
