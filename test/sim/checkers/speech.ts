/**
 * Speech: a node says only what is durable on its own disk. Looked at before the effects of a step are carried out: what the step itself
 * writes is not durable yet.
 */
import { equalBytes } from '../../../src/core/bytes.ts';
import type { Effect } from '../../../src/core/events.ts';
import type { Heartbeat } from '../../../src/core/sync/heartbeat.ts';
import { decodeMessage, type Message } from '../../../src/core/sync/messages.ts';
import type { SimNode } from '../sim-node.ts';
import type { Checker } from './checker.ts';
import { type FeedRoots, ledgerRoot } from './ledger-root.ts';

/** Roots are expensive: one heartbeat in so many is held against the disk's, and each that is sent while a write is under way. */
const ROOT_EVERY = 32;

export function speech(): Checker {
  let heartbeats = 0;
  const known: FeedRoots = new Map();
  /** The last counter of each node, over its restarts. */
  const counters = new Map<SimNode, number>();
  return {
    looksAt: ['note', 'publish', 'open', 'send'],
    saw(world, node, effect, effects) {
      if (effect.kind === 'note') {
        const peer = node.hostile ? undefined : actedOn(effect, effects);
        if (peer !== undefined)
          world.fail('speech', `node ${node.index} acts on a revocation of ${peer} that it is only writing down`);
        return;
      }
      const said = wordsOf(effect);
      if (said === undefined) return;
      if (effect.kind === 'publish' && effect.topic === 'heartbeat') {
        heartbeats += 1;
        const { heartbeat } = world.reading.heartbeat(said);
        const { counter } = heartbeat;
        if (!node.hostile && counter <= (counters.get(node) ?? -1))
          world.fail('speech', `node ${node.index} uses heartbeat counter ${counter} twice`);
        counters.set(node, counter);
        const isCompared = heartbeats % ROOT_EVERY === 0 || isWriting(node);
        const wrong = heartbeatFault(node, heartbeat, isCompared ? known : undefined);
        if (wrong !== undefined) world.fail('speech', `node ${node.index}, heartbeat: ${wrong}`);
      } else {
        const wrong = messageFault(node, decodeMessage(said));
        if (wrong !== undefined) world.fail('speech', `node ${node.index} ${wrong}`);
      }
    },
  };
}

/** The node that was revoked after a statement to that effect went to the disk, in the same step. One that goes there later was not needed. */
function actedOn(effect: Extract<Effect, { kind: 'note' }>, effects: readonly Effect[]): string | undefined {
  const { note } = effect;
  if (note.name !== 'feed_sealed' || note.revoked !== true) return undefined;
  const { origin } = note;
  const before = effects.slice(0, effects.indexOf(effect));
  const isWriting = before.some(
    (other) => other.kind === 'store' && other.write.revocations?.some(({ target }) => target === origin) === true,
  );
  return isWriting ? origin : undefined;
}

function wordsOf(effect: Effect): Uint8Array | undefined {
  if (effect.kind === 'publish') return effect.data;
  return effect.kind === 'send' || effect.kind === 'open' ? effect.frame : undefined;
}

function heartbeatFault(node: SimNode, said: Heartbeat, roots: FeedRoots | undefined): string | undefined {
  const { height, root, checkpoints, journal, epoch, closed } = said;
  if (epoch > node.disk.votingSince) return `it votes in epoch ${epoch}, and on its disk in ${node.disk.votingSince}`;
  if (closed && node.disk.decided(epoch).length === 0)
    return `it knows later witnesses than those of epoch ${epoch}, and its disk none`;
  let held = 0;
  for (const feed of node.disk.feeds.values()) if (feed[0]?.log === 'ledger') held += feed.length;
  if (height > held) return `it says ${height} entries, ${held} are durable`;
  for (const { origin, size } of checkpoints) {
    if (size > node.disk.feed('ledger', origin).length) return `it says ${size} entries of ${origin}`;
  }
  if (journal.size > node.disk.feed('journal', node.peer).length) return `it says ${journal.size} journal entries`;
  // With more on the disk than it says, the last write is durable and not acknowledged yet.
  return roots !== undefined && height === held && Buffer.from(root).toString('hex') !== ledgerRoot(node.disk, roots)
    ? 'its root is not that of the disk'
    : undefined;
}

function isWriting(node: SimNode): boolean {
  return node.state !== undefined && node.state.batches.length > 0;
}

function messageFault(node: SimNode, message: Message): string | undefined {
  switch (message.kind) {
    case 'confirm':
      return isJournaled(node, message.statement) ? undefined : 'confirms before the confirmation is durable';
    case 'delta':
      if (!isJournaled(node, message.event)) return 'sends a delta before its SYNC_EVENT is durable';
      for (const { origin, from, entries } of message.runs) {
        if (node.disk.feed('ledger', origin).length < from + entries.length)
          return 'sends entries that are not durable';
      }
      return undefined;
    case 'frontier':
    case 'frontier_request':
      for (const { origin, size } of message.checkpoints) {
        if (node.disk.feed('ledger', origin).length < size) return `says ${size} entries of ${origin} in a frontier`;
      }
      return undefined;
    default:
      return undefined;
  }
}

function isJournaled(
  node: SimNode,
  statement: { readonly seq: number; readonly entry: { readonly bytes: Uint8Array } },
): boolean {
  const entry = node.disk.feed('journal', node.peer)[statement.seq];
  return entry !== undefined && equalBytes(entry.bytes, statement.entry.bytes);
}
