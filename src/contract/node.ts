/** How the node stands. */
import { z } from 'zod';
import { FUTURE_WINDOW_MS, PEERS_COUNT_MAX } from '../core/limits.ts';
import { endpoint, plain } from './endpoint.ts';
import { count, examples, hash, peerId, timestamp } from './values.ts';

export const checkpoint = z
  .object({ origin: peerId, size: count, root: hash })
  .meta({ id: 'Checkpoint', description: 'A feed: how many entries it has, and the root of its Merkle tree.' });

export const status = z
  .object({
    peer_id: peerId,
    federation: z.object({ id: hash, name: z.string() }),
    version: z.string(),
    height: count.meta({ description: 'Entries in the ledger.' }),
    certified_height: count.meta({ description: 'Entries that are final.' }),
    root: hash.meta({ description: 'The ledger root: two nodes with one root hold the same entries.' }),
    feeds: count,
    peers: count.meta({ description: 'Peers that are connected.' }),
    peers_agreeing: count.meta({ description: 'Peers whose last heartbeat named this root.' }),
    syncing: z.boolean(),
    behind: count.meta({ description: 'Entries that connected peers claim to hold and this node lacks.' }),
    witnesses: z.object({ threshold: count, all: count, here: count }).meta({
      description:
        'How many witnesses must vote for an entry before it is final, how many there are, and how many of them are connected, this node with them.',
    }),
    held: z
      .object({
        entries: count,
        feeds: count,
        origin: peerId.nullable().meta({ description: 'Of these, the node whose entry is dated furthest ahead.' }),
        until_ms: count.meta({ description: 'When its feed goes on, by this node’s clock; 0 when nothing is held.' }),
        ahead_ms: count.meta({ description: 'How far ahead of this node’s clock that entry is dated now.' }),
      })
      .meta({
        description: `Entries that peers hold and this node does not take yet: they are dated more than ${FUTURE_WINDOW_MS / 60_000} minutes ahead of its clock.`,
      }),
    received_per_second: count.meta({ description: 'Entries of others that became durable here, of late.' }),
    unreachable: z
      .array(z.object({ target: z.string(), reason: z.string(), at_ms: count }))
      .meta({ description: 'Whom this node tried in vain to reach, and why.' }),
    journal_entries: count,
    addresses: z.array(z.string()),
    started_ms: timestamp,
    uptime_seconds: z.int(),
  })
  .meta({ id: 'Status' });

export const peer = z
  .object({
    peer_id: peerId,
    connected: z.boolean(),
    addresses: z.array(z.string()),
    agent: z.string(),
    last_seen_ms: count,
    height: count,
    root: hash.nullable(),
    agrees: z.boolean(),
    last_checkpoint: z
      .object({ height: count, root: hash, heard_ms: timestamp })
      .nullable()
      .meta({ description: 'What it last said that it holds; kept over restarts.' }),
    standing: z.enum(['good', 'last', 'banned']),
    points: z.number().min(0).meta({ description: 'What its faults add up to by now.' }),
    why: z.string().meta({ description: 'Its last fault; empty without one.' }),
    banned_until_ms: count,
  })
  .meta({ id: 'Peer' });

const exampleStatus = {
  peer_id: examples.peer,
  federation: { id: examples.hash, name: 'harbour' },
  version: '0.1.0',
  height: 1204,
  certified_height: 1200,
  root: examples.hash,
  feeds: 3,
  peers: 2,
  peers_agreeing: 2,
  syncing: false,
  behind: 0,
  witnesses: { threshold: 3, all: 4, here: 4 },
  held: { entries: 0, feeds: 0, origin: null, until_ms: 0, ahead_ms: 0 },
  received_per_second: 0,
  unreachable: [],
  journal_entries: 311,
  addresses: [`/ip4/192.0.2.7/tcp/4001/p2p/${examples.peer}`],
  started_ms: examples.timestamp,
  uptime_seconds: 86_400,
};

export const nodeEndpoints = {
  status: endpoint({
    ...plain,
    id: 'getStatus',
    method: 'GET',
    path: '/v1/status',
    tag: 'node',
    summary: 'How the node stands',
    description: 'Durable state only: what is counted here survives a crash.',
    answers: { 200: { description: 'The status.', schema: status, example: exampleStatus } },
  }),
  peers: endpoint({
    ...plain,
    id: 'listPeers',
    method: 'GET',
    path: '/v1/peers',
    tag: 'node',
    summary: 'Peers, connected or remembered',
    description: `At most ${PEERS_COUNT_MAX} are remembered.`,
    answers: {
      200: {
        description: 'The peers.',
        schema: z.object({ peers: z.array(peer) }),
        example: {
          peers: [
            {
              peer_id: examples.peer,
              connected: true,
              addresses: ['/ip4/192.0.2.7/tcp/4001'],
              agent: 'tessrax/0.1.0',
              last_seen_ms: examples.timestamp,
              height: 1204,
              root: examples.hash,
              agrees: true,
              last_checkpoint: { height: 1204, root: examples.hash, heard_ms: examples.timestamp },
              standing: 'good',
              points: 0,
              why: '',
              banned_until_ms: 0,
            },
          ],
        },
      },
    },
  }),
  feeds: endpoint({
    ...plain,
    id: 'listFeeds',
    method: 'GET',
    path: '/v1/feeds',
    tag: 'node',
    summary: 'All ledger feeds, by public key',
    answers: {
      200: {
        description: 'A checkpoint of each feed, all of one moment.',
        schema: z.object({
          feeds: z.array(checkpoint.extend({ certified: count.meta({ description: 'Entries that are final.' }) })),
        }),
        example: { feeds: [{ origin: examples.peer, size: 1204, root: examples.hash, certified: 1200 }] },
      },
    },
  }),
};
