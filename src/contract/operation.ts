/** What operators' programs ask: health, metrics, live events, and the description of all this. */
import { z } from 'zod';
import { type DeepReadonly, endpoint, plain } from './endpoint.ts';
import { anyObject, count, examples, hash, peerId, timestamp, typeName } from './values.ts';

/** The data of the live events, by name. */
export const events = {
  status: z.object({ height: count, root: hash, peers: count }),
  entry: z.object({ hash, origin: peerId, seq: count, type: typeName, timestamp }),
  sync: z.object({ peer: peerId, entries: count, pushed: z.boolean(), latency_ms: z.number() }),
  heartbeat: z.object({ peer: peerId, height: count, root: hash, agrees: z.boolean() }),
  certified: z.object({ feeds: z.array(z.object({ origin: peerId, size: count })) }),
  sealed: z.object({ origin: peerId, seq: count, revoked: z.boolean() }),
  quarantined: z.object({ origin: peerId, from: count, to: count }),
  rejected: z.object({ origin: peerId, seq: count, reason: z.string(), peer: peerId }),
  misbehaved: z.object({ peer: peerId, code: z.string() }),
};
export type LiveEvent = {
  [Name in keyof typeof events]: { readonly name: Name } & DeepReadonly<z.output<(typeof events)[Name]>>;
}[keyof typeof events];
/** An event with its name among its members. */
export const liveEvent: z.ZodType<LiveEvent> = z.discriminatedUnion('name', [
  events.status.extend({ name: z.literal('status') }),
  events.entry.extend({ name: z.literal('entry') }),
  events.sync.extend({ name: z.literal('sync') }),
  events.heartbeat.extend({ name: z.literal('heartbeat') }),
  events.certified.extend({ name: z.literal('certified') }),
  events.sealed.extend({ name: z.literal('sealed') }),
  events.quarantined.extend({ name: z.literal('quarantined') }),
  events.rejected.extend({ name: z.literal('rejected') }),
  events.misbehaved.extend({ name: z.literal('misbehaved') }),
]);
const exampleEvent = `event: status\ndata: ${JSON.stringify({ height: 1204, root: examples.hash, peers: 2 })}\n\n`;

export const operationEndpoints = {
  events: endpoint({
    ...plain,
    id: 'streamEvents',
    method: 'GET',
    path: '/v1/events',
    tag: 'operation',
    summary: 'Live events, as server-sent events',
    description:
      'Begins with a `status` event. `entry`: an entry is durable here; `sync`: a synchronisation is done; `status`: where the node stands after that; the others: what changes how a peer, a feed or an entry stands. Who reads too slowly is cut off.',
    events,
    answers: {
      200: {
        description: 'Events, until one side ends it.',
        type: 'text/event-stream',
        schema: z.string(),
        example: exampleEvent,
      },
    },
  }),
  metrics: endpoint({
    ...plain,
    id: 'getMetrics',
    method: 'GET',
    path: '/metrics',
    tag: 'operation',
    summary: 'Metrics for Prometheus',
    answers: {
      200: {
        description: 'Text exposition format.',
        type: 'text/plain',
        schema: z.string(),
        example: 'federation_ledger_height 1204\n',
      },
    },
  }),
  health: endpoint({
    ...plain,
    id: 'getHealth',
    method: 'GET',
    path: '/healthz',
    tag: 'operation',
    summary: 'Whether the node runs',
    answers: {
      200: { description: 'It runs.', schema: z.object({ status: z.literal('ok') }), example: { status: 'ok' } },
    },
  }),
  ready: endpoint({
    ...plain,
    id: 'getReadiness',
    method: 'GET',
    path: '/readyz',
    tag: 'operation',
    summary: 'Whether the node has what its peers claim to have',
    answers: {
      200: {
        description: 'It has.',
        schema: z.object({ ready: z.boolean(), reason: z.string().optional() }),
        example: { ready: true },
      },
      503: {
        description: 'It is behind.',
        schema: z.object({ ready: z.boolean(), reason: z.string().optional() }),
        example: { ready: false, reason: 'behind by 12 entries' },
      },
    },
  }),
  openapi: endpoint({
    ...plain,
    id: 'getDescription',
    method: 'GET',
    path: '/openapi.json',
    tag: 'operation',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: anyObject, example: { openapi: '3.1.1' } } },
  }),
};
