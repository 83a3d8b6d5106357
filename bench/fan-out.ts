/** What gossipsub makes of one message, by formula. */

/** Mesh peers of a node: gossipsub keeps between 4 and 12, and aims at 6. */
const MESH_DEGREE = 8;
/** Every second gossipsub names the messages of its last three seconds to six peers beside the mesh, 5,000 at most. */
const NAMED_TO_PEERS = 6;
const NAMED_SECONDS = 3;
const NAMED_MAX = 5000;
/** A SHA-256, and its two bytes of protobuf. */
const NAME_BYTES = 34;

/**
 * How often one message goes in and out at one node. It crosses every edge of the mesh once, but for the one by which a node first heard
 * it: degree - 1 times in, and as often out.
 */
export function copiesOf(nodes: number): number {
  return 2 * Math.max(1, Math.min(nodes - 1, MESH_DEGREE) - 1);
}

/** Bytes a second for the names of messages, both ways; `messages` are those of a second. */
export function namesBytes(of: {
  readonly nodes: number;
  readonly connected: number;
  readonly messages: number;
}): number {
  if (of.nodes <= MESH_DEGREE) return 0;
  const peers = Math.max(0, Math.min(NAMED_TO_PEERS, of.connected - MESH_DEGREE));
  return 2 * peers * Math.min(NAMED_MAX, of.messages * NAMED_SECONDS) * NAME_BYTES;
}
