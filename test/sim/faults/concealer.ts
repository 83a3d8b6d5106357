/** A node that hides from each peer what it holds of that peer's own feed: who asks it for that after a loss is told that there is none. */
import { decodeMessage, encodeMessage, type Message } from '../../../src/core/sync/messages.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';

export const concealer: Fault = {
  kind: 'concealer',
  install(world, fired) {
    const node = hostileNode(world);
    /** Who asks on which stream. */
    const askers = new Map<number, string>();
    node.listeners.push((event) => {
      if (event.kind === 'stream_opened') askers.set(event.stream, event.peer);
      if (event.kind === 'stream_closed') askers.delete(event.stream);
    });
    node.tampers.push((effect) => {
      const asker = effect.kind === 'send' ? askers.get(effect.stream) : undefined;
      if (effect.kind !== 'send' || asker === undefined) return [effect];
      const frame = concealed(effect.frame, asker);
      if (frame === undefined) return [effect];
      fired();
      return [{ ...effect, frame }];
    });
  },
};

/** The answer without the asker's feed; undefined for what is no such answer. */
function concealed(frame: Uint8Array, asker: string): Uint8Array | undefined {
  let message: Message;
  try {
    message = decodeMessage(frame);
  } catch {
    return undefined; // spoiled by another fault
  }
  if (message.kind === 'frontier') {
    const checkpoints = message.checkpoints.filter(({ origin }) => origin !== asker);
    return checkpoints.length === message.checkpoints.length ? undefined : encodeMessage({ ...message, checkpoints });
  }
  if (message.kind !== 'reconcile') return undefined;
  return encodeMessage({ kind: 'reconcile', ranges: [{ kind: 'same', end: new Uint8Array() }] });
}
