/** tessrax status: how the node stands. */
import type { Command } from 'commander';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { flagIn, numberIn, objectIn, textIn, textsIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { count, counted, durationText, print, printJson } from './output.ts';
import { listLines } from './table.ts';

export function command(): Command {
  return nodeCommand('status', 'Print how the running node stands.', ['tessrax status --json']).action(
    async (options: NodeOptions) => {
      const client = await connect(options);
      const status = await client.get('/v1/status');
      if (options.json === true) printJson(status);
      else for (const line of statusLines(status, client.url)) print(line);
    },
  );
}

function statusLines(status: JsonObject, url: string): string[] {
  const federation = objectIn(status, 'federation');
  const [address = 'none', ...others] = textsIn(status, 'addresses');
  return listLines([
    ['node', textIn(status, 'peer_id')],
    ['federation', `${textIn(federation, 'name')}  ${textIn(federation, 'id')}`],
    ['ledger', ledgerText(status)],
    ['root', textIn(status, 'root')],
    ['peers', `${count(numberIn(status, 'peers'))}, ${count(numberIn(status, 'peers_agreeing'))} with the same root`],
    ['sync', syncText(status)],
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

function syncText(status: JsonObject): string {
  const behind = numberIn(status, 'behind');
  if (behind === 0 && !flagIn(status, 'syncing')) return 'up to date';
  return `${flagIn(status, 'syncing') ? 'fetching, ' : ''}${counted(behind, 'entry', 'entries')} behind`;
}
