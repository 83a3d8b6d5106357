/** tessrax peers: whom the node knows, and what they say they hold. */
import type { Command } from 'commander';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { isObject } from '../core/entry/types.ts';
import { flagIn, numberIn, objectsIn, textIn, textsIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { outputWidth, print, printJson, timeText } from './output.ts';
import { type Column, tableLines } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'PEER', widthMin: 20 },
  { title: 'STATE' },
  { title: 'HEIGHT', align: 'right' },
  { title: 'ROOT' },
  { title: 'LAST SEEN (UTC)' },
  { title: 'STANDING' },
  { title: 'AGENT', widthMin: 12, optional: true },
  { title: 'ADDRESS', widthMin: 24, optional: true },
];

export function command(): Command {
  return nodeCommand('peers', 'List the peers that the running node knows.', ['tessrax peers']).action(
    async (options: NodeOptions) => {
      const client = await connect(options);
      const peers = objectsIn(await client.get('/v1/peers'), 'peers');
      if (options.json === true) for (const peer of peers) printJson(peer);
      else if (peers.length === 0) print('no peers; tessrax status says why, tessrax doctor what to do');
      else for (const line of tableLines(COLUMNS, peers.map(peerRow), outputWidth())) print(line);
    },
  );
}

function peerRow(peer: JsonObject): string[] {
  const lastSeenMs = numberIn(peer, 'last_seen_ms');
  return [
    textIn(peer, 'peer_id'),
    stateOf(peer),
    String(heightOf(peer)),
    peer['root'] === null ? '-' : flagIn(peer, 'agrees') ? 'same' : 'other',
    lastSeenMs === 0 ? 'never' : timeText(lastSeenMs),
    standingOf(peer),
    textIn(peer, 'agent'),
    textsIn(peer, 'addresses')[0] ?? '',
  ];
}

/** Of a peer that has said nothing since the start: what it said last before it. */
function heightOf(peer: JsonObject): number {
  const last = peer['last_checkpoint'];
  return peer['root'] === null && isObject(last) ? numberIn(last, 'height') : numberIn(peer, 'height');
}

function standingOf(peer: JsonObject): string {
  const standing = textIn(peer, 'standing');
  const points = numberIn(peer, 'points');
  const why = [textIn(peer, 'why'), points > 0 ? `${points} points` : ''].filter((part) => part !== '').join(', ');
  const until = standing === 'banned' ? ` until ${timeText(numberIn(peer, 'banned_until_ms'))}` : '';
  return why === '' || standing === 'good' ? `${standing}${until}` : `${standing}${until} (${why})`;
}

function stateOf(peer: JsonObject): string {
  if (flagIn(peer, 'connected')) return 'connected';
  return numberIn(peer, 'banned_until_ms') > Date.now() ? 'banned' : 'away';
}
