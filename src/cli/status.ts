/** tessrax status: how the node stands, once or all the time. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { describeError, TessraxError } from '../core/errors.ts';
import { STATUS_WATCH_MS } from '../core/limits.ts';
import { flagIn, numberIn, objectIn, objectsIn, textIn, textsIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import { count, counted, durationText, print, printable, printJson, timeText } from './output.ts';
import { Screen } from './screen.ts';
import { listLines } from './table.ts';

interface Options extends NodeOptions {
  readonly watch?: boolean;
}

export function command(): Command {
  return nodeCommand('status', 'Print how the running node stands.', [
    'tessrax status --json',
    'tessrax status --watch',
  ])
    .option('-w, --watch', 'go on, until interrupted')
    .action(async (options: Options) => {
      if (options.watch === true) return await watch(options);
      const client = await connect(options);
      const status = await client.get('/v1/status');
      if (options.json === true) printJson(status);
      else for (const line of statusLines(status, client.url)) print(line);
    });
}

/** A node that is away is said to be, and watched on: who watches may be restarting it. */
async function watch(options: Options): Promise<never> {
  const screen = new Screen();
  let printed = '';
  while (true) {
    try {
      const client = await connect(options);
      const status = await client.get('/v1/status');
      if (options.json !== true) screen.show(statusLines(status, client.url));
      else if (newsOf(status) !== printed) printJson(status);
      printed = newsOf(status);
    } catch (error) {
      if (!(error instanceof TessraxError) || exitCodeOf(error) !== EXIT.unreachable) throw error;
      if (options.json === true) printJson({ error: error.code });
      else screen.show([describeError(error)]);
    }
    await delay(STATUS_WATCH_MS);
  }
}

/** What of a status is worth another line: all but the time that passes. */
function newsOf({ uptime_seconds: _passes, ...status }: JsonObject): string {
  return JSON.stringify(status);
}

function statusLines(status: JsonObject, url: string): string[] {
  const federation = objectIn(status, 'federation');
  const [address = 'none', ...others] = textsIn(status, 'addresses');
  return listLines([
    ['node', textIn(status, 'peer_id')],
    ['federation', `${textIn(federation, 'name')}  ${textIn(federation, 'id')}`],
    ['ledger', ledgerText(status)],
    ...[pendingText(status)].filter((text) => text !== '').map((text): [string, string] => ['', text]),
    ['root', textIn(status, 'root')],
    ['peers', peersText(status)],
    ['sync', syncText(status)],
    ...[heldText(status)].filter((text) => text !== '').map((text): [string, string] => ['', text]),
    ['journal', counted(numberIn(status, 'journal_entries'), 'entry', 'entries')],
    ['addresses', address],
    ...others.map((other): [string, string] => ['', other]),
    ['API', url],
    ['up', `${durationText(numberIn(status, 'uptime_seconds'))}, version ${textIn(status, 'version')}`],
  ]);
}

function ledgerText(status: JsonObject): string {
  const entries = counted(numberIn(status, 'height'), 'entry', 'entries');
  const feeds = counted(numberIn(status, 'feeds'), 'feed', 'feeds');
  return `${entries} of ${feeds}, ${count(numberIn(status, 'certified_height'))} final`;
}

/** Why entries wait, when too few witnesses are here to make them final: "104 wait: 3 of 3 witnesses must vote, 2 are here". */
export function pendingText(status: JsonObject): string {
  const witnesses = objectIn(status, 'witnesses');
  const [threshold, here] = [numberIn(witnesses, 'threshold'), numberIn(witnesses, 'here')];
  const pending = numberIn(status, 'height') - numberIn(status, 'certified_height');
  if (pending === 0 || here >= threshold) return '';
  const waiting = pending === 1 ? '1 waits' : `${count(pending)} wait`;
  return `${waiting}: ${threshold} of ${numberIn(witnesses, 'all')} witnesses must vote, ${here} ${here === 1 ? 'is' : 'are'} here`;
}

export function peersText(status: JsonObject): string {
  const peers = numberIn(status, 'peers');
  if (peers > 0) return `${count(peers)}, ${count(numberIn(status, 'peers_agreeing'))} with the same root`;
  const [last, ...others] = objectsIn(status, 'unreachable');
  if (last === undefined)
    return '0 because none was found yet: name one with --bootstrap, or wait for mDNS on this network';
  const more = others.length === 0 ? '' : `; ${counted(others.length, 'other', 'others')} cannot be reached either`;
  return printable(`0 because ${textIn(last, 'target')} ${textIn(last, 'reason')}${more}`);
}

/** Why entries that peers have are not here: "3 entries held until 12:30:05 UTC: the clock of 12D3… is ahead by 540 s". Nothing when none are. */
export function heldText(status: JsonObject): string {
  const held = objectIn(status, 'held');
  const entries = numberIn(held, 'entries');
  if (entries === 0) return '';
  const feeds = numberIn(held, 'feeds');
  const whose = feeds === 1 ? `the clock of ${textIn(held, 'origin')} is` : `the clocks of ${count(feeds)} nodes are`;
  const until = timeText(numberIn(held, 'until_ms')).slice('2026-01-01 '.length);
  const ahead = count(Math.round(numberIn(held, 'ahead_ms') / 1000));
  return `${counted(entries, 'entry', 'entries')} held until ${until} UTC: ${whose} ahead by ${ahead} s`;
}

/** "behind by 1,234 entries, about 5 s": no percentage, because what is to come may grow meanwhile. */
export function syncText(status: JsonObject): string {
  const behind = numberIn(status, 'behind');
  if (behind === 0) return flagIn(status, 'syncing') ? 'fetching' : 'up to date';
  const rate = numberIn(status, 'received_per_second');
  const left = rate === 0 ? '' : `, about ${durationText(Math.max(1, behind / rate))}`;
  return `behind by ${counted(behind, 'entry', 'entries')}${left}`;
}
