/** Forged deltas that are in order but for one thing: a signature, the content under it, or the root that the forger signs. */
import { canonicalize, isJsonObject, type JsonObject, parseCanonical } from '../../../src/core/entry/canonical-json.ts';
import { encodeEntry } from '../../../src/core/entry/codec.ts';
import { examineRun, type Run, type RunEntry } from '../../../src/core/entry/examine.ts';
import { syncEventDraft } from '../../../src/core/sync/delta.ts';
import { decodeMessage, encodeMessage } from '../../../src/core/sync/messages.ts';
import type { Dice } from '../dice.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode, tamperWith } from './hostile.ts';
import { type Delta, resigned, targetOf } from './resigned.ts';

const PROBABILITY_MAX = 0.5;

export const forger: Fault = {
  kind: 'forger',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    const probability = dice.between(0.1, PROBABILITY_MAX);
    tamperWith(node, (effect, bytes) => {
      const carriesDelta = effect.kind === 'send' || (effect.kind === 'publish' && effect.topic === 'entries');
      if (!carriesDelta || !dice.chance(probability)) return undefined;
      const message = decodeMessage(bytes);
      if (message.kind !== 'delta') return undefined;
      fired();
      return dice.pick([forgeSignature, forgeEvent, forgeBody, forgeRoot, forgeRanges])(message, world, node);
    });
  },
};

/** Receipt hashes do not cover signatures, so that everything else of the delta still holds. */
function forgeSignature(delta: Delta, { dice }: World): Uint8Array {
  const runs = changeOne(delta.runs, dice, (entry) => {
    return { ...entry, signature: withFlippedBit(entry.signature, dice) };
  });
  return encodeMessage({ ...delta, runs });
}

function withFlippedBit(bytes: Uint8Array, dice: Dice): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  const at = dice.int(0, flipped.length - 1);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << dice.int(0, 7));
  return flipped;
}

/** The entries are in order; who sent them is not to be held to it. */
function forgeEvent(delta: Delta, { dice }: World): Uint8Array {
  const entry = { ...delta.event.entry, signature: withFlippedBit(delta.event.entry.signature, dice) };
  return encodeMessage({ ...delta, event: { ...delta.event, entry: rewritten(entry) } });
}

/** Another content under the old signature, and a SYNC_EVENT over it, so that ranges and root are right. */
function forgeBody(delta: Delta, world: World, node: SimNode): Uint8Array {
  const runs = changeOne(delta.runs, world.dice, (entry) => ({
    ...entry,
    type: 'RECEIPT', // whatever it was: the new body is that of a receipt
    body: otherBody(entry.body),
  }));
  return resigned(delta, runs, eventOver(delta, runs, world), node);
}

/** Honest entries under a SYNC_EVENT that signs another root: whoever confirms it confirms a lie. */
function forgeRoot(delta: Delta, world: World, node: SimNode): Uint8Array {
  const event = eventOver(delta, delta.runs, world);
  const root = Buffer.from(world.dice.bytes(32)).toString('hex');
  return resigned(delta, delta.runs, { ...event, body: { ...event.body, delta_merkle_root: root } }, node);
}

/** Honest entries under a SYNC_EVENT that names the places after them. */
function forgeRanges(delta: Delta, world: World, node: SimNode): Uint8Array {
  const event = eventOver(delta, delta.runs, world);
  const ranges = delta.runs.map(({ origin, from, entries }) => [origin, from + 1, from + 1 + entries.length]);
  return resigned(delta, delta.runs, { ...event, body: { ...event.body, ranges } }, node);
}

function eventOver(delta: Delta, runs: readonly Run[], world: World) {
  const candidates = runs.map((run) => examineRun(run, world.federation.id));
  return syncEventDraft(targetOf(delta), candidates);
}

function changeOne(runs: readonly Run[], dice: Dice, change: (entry: RunEntry) => RunEntry): Run[] {
  const chosen = dice.int(0, runs.length - 1);
  return runs.map((run, i) => {
    if (i !== chosen) return run;
    const at = dice.int(0, run.entries.length - 1);
    return { ...run, entries: run.entries.map((entry, j) => (j === at ? rewritten(change(entry)) : entry)) };
  });
}

function rewritten(entry: RunEntry): RunEntry {
  return { ...entry, bytes: encodeEntry(entry) };
}

function otherBody(bytes: Uint8Array): Uint8Array {
  const body = parseCanonical(bytes);
  const payload: JsonObject = typeof body !== 'string' && isJsonObject(body.payload) ? body.payload : {};
  return new TextEncoder().encode(canonicalize({ payload: { ...payload, forged: true } }));
}
