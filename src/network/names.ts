/** The names this node uses on libp2p. All of a federation's own names carry its ID, so that two federations never mix. */
import type { GossipTopic } from '../core/events.ts';

/** Prefix of identify and ping: with libp2p's own `/ipfs/…` we would look like a member of that network. */
export const PROTOCOL_PREFIX = 'tessrax';
export const SYNC_PROTOCOL = '/tessrax/sync/1.0.0';
/** The same messages, in frames that may be compressed. */
export const SYNC_PROTOCOL_COMPRESSED = '/tessrax/sync/1.1.0';
/** Our own DHT: under `/ipfs/kad/1.0.0` a node joins the public one by accident. */
export const DHT_PROTOCOL = '/tessrax/kad/1.0.0';

/** Announced by members only and never spoken: a peer that lists it in identify belongs to this federation. */
export function memberProtocol(federation: string): string {
  return `/tessrax/${federation}/1`;
}

export function topicName(federation: string, topic: GossipTopic): string {
  return `/tessrax/${federation}/${topic}/1`;
}

/** A service tag of our own: under the common one every libp2p node on the LAN would answer. */
export function serviceTag(federation: string): string {
  return `_tessrax-${federation.slice(0, 8)}._udp.local`;
}
