/** Forged entries in deltas that are otherwise in order: only a signature gives them away. */
import { authorEntry } from '../../../src/core/entry/author.ts';
import { canonicalize, isJsonObject, type JsonObject, parseCanonical } from '../../../src/core/entry/canonical-json.ts';
import { encodeEntry } from '../../../src/core/entry/codec.ts';
import { examineRun, type Run, type RunEntry } from '../../../src/core/entry/examine.ts';
import { ZERO_NONCE } from '../../../src/core/entry/header.ts';
import { syncEventBody } from '../../../src/core/entry/types.ts';
import { syncEventDraft } from '../../../src/core/sync/delta.ts';
import { decodeMessage, encodeMessage, type Message } from '../../../src/core/sync/messages.ts';
import type { Dice } from '../dice.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode, tamperWith } from './hostile.ts';

type Delta = Extract<Message, { kind: 'delta' }>;

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
      return dice.chance(0.5) ? withForgedSignature(message, dice) : withForgedBody(message, world, node);
    });
  },
};

/** Receipt hashes do not cover signatures, so that everything else of the delta still holds. */
function withForgedSignature(delta: Delta, dice: Dice): Uint8Array {
  return encodeMessage({
    ...delta,
    runs: changeOne(delta.runs, dice, (entry) => {
      const signature = Uint8Array.from(entry.signature);
      const at = dice.int(0, signature.length - 1);
      signature[at] = (signature[at] ?? 0) ^ (1 << dice.int(0, 7));
      return { ...entry, signature };
    }),
  });
}

/** Another content under the old signature, and a SYNC_EVENT of the forger's own over it, so that ranges and root are right. */
function withForgedBody(delta: Delta, world: World, node: SimNode): Uint8Array {
  const runs = changeOne(delta.runs, world.dice, (entry) => ({ ...entry, body: otherBody(entry.body) }));
  const { origin, seq, prev, entry } = delta.event;
  const body = parseCanonical(entry.body);
  const target = typeof body === 'string' ? undefined : syncEventBody(body)?.target;
  if (target === undefined) throw new Error('the node sent a delta without a SYNC_EVENT');
  const tip = {
    origin,
    log: 'journal' as const,
    size: seq,
    hash: prev,
    timestampMs: entry.timestampMs,
    nonce: ZERO_NONCE,
  };
  const draft = syncEventDraft(
    target,
    runs.map((run) => examineRun(run, world.federation.id)),
  );
  const event = authorEntry(node.author, tip, draft, entry.timestampMs);
  return encodeMessage({ kind: 'delta', event: { origin, seq, prev, entry: event }, runs });
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
