/** Accuses honest nodes of two branches, with forged headers: in a request, in a scar of its own, and by a root that makes others search. */
import { authorEntry, type ChainTip } from '../../../src/core/entry/author.ts';
import type { BareHeader } from '../../../src/core/entry/bare-header.ts';
import { EVERYONE } from '../../../src/core/entry/types.ts';
import type { Draft } from '../../../src/core/events.ts';
import { type ForkProof, forkPayload, forkProof } from '../../../src/core/ledger/fork.ts';
import { syncEventDraft } from '../../../src/core/sync/delta.ts';
import { readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import { decodeMessage, encodeMessage, type Message } from '../../../src/core/sync/messages.ts';
import type { Dice } from '../dice.ts';
import { BEGIN_WALL_MS, type SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode, type Outbound, tamperWith } from './hostile.ts';
import { type Delta, resigned } from './resigned.ts';

const PROBABILITY_MAX = 0.5;
const BODY_SIZE = 20;

export const accuser: Fault = {
  kind: 'accuser',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    const probability = dice.between(0.1, PROBABILITY_MAX);
    tamperWith(node, (effect, bytes) => {
      if (!dice.chance(probability)) return undefined;
      const changed =
        effect.kind === 'publish' && effect.topic === 'heartbeat'
          ? withOtherRoot(bytes, node, dice)
          : accusing(effect, decodeMessage(bytes), world, node);
      if (changed !== undefined) fired();
      return changed;
    });
  },
};

/** Another root for a feed of somebody else, at its true size: whoever holds the feed sees another branch, and searches for the fork. */
function withOtherRoot(bytes: Uint8Array, node: SimNode, dice: Dice): Uint8Array | undefined {
  const { heartbeat } = readHeartbeat(bytes);
  const others = heartbeat.checkpoints.filter(({ origin }) => origin !== node.peer);
  if (others.length === 0) return undefined;
  const chosen = dice.pick(others);
  const checkpoints = heartbeat.checkpoints.map((checkpoint) =>
    checkpoint === chosen ? { ...checkpoint, root: dice.bytes(32) } : checkpoint,
  );
  return signHeartbeat({ ...heartbeat, checkpoints }, (message) => node.key.sign(message));
}

function accusing(effect: Outbound, message: Message, world: World, node: SimNode): Uint8Array | undefined {
  const { dice } = world;
  switch (message.kind) {
    case 'ranges_request':
      return encodeMessage({ ...message, seals: [forgedProof(world)] });
    case 'headers': {
      const last = message.headers.at(-1);
      if (last === undefined) return undefined;
      return encodeMessage({
        ...message,
        headers: [...message.headers.slice(0, -1), { ...last, header: forgedHeader(dice) }],
      });
    }
    case 'delta':
      return effect.kind === 'publish' ? withScar(message, world, node) : undefined;
    default:
      return undefined;
  }
}

/** The push with a scar in the place of its first entry. */
function withScar(push: Delta, world: World, node: SimNode): Uint8Array | undefined {
  const [run] = push.runs;
  const [first] = run?.entries ?? [];
  if (run === undefined || first === undefined) return undefined;
  const { timestampMs, nonce } = first;
  const tip: ChainTip = { origin: run.origin, log: 'ledger', size: run.from, hash: run.prev, timestampMs, nonce };
  const entry = authorEntry(node.author, tip, scar(forgedProof(world), world), timestampMs);
  return resigned(push, [{ ...run, entries: [entry] }], syncEventDraft(EVERYONE, [[entry]]), node);
}

function scar(proof: ForkProof, world: World): Draft {
  const { origin, seq } = proof;
  return {
    type: 'SCAR',
    body: {
      id: `forged/${origin}/${seq}`,
      origin_event: `ledger/${origin}/${seq}`,
      resolution: 'quarantine',
      summary: 'forged',
      author: 'engine',
      verdict_hash: '00'.repeat(32),
      reviewers: [],
      payload: forkPayload(proof, world.federation.id),
    },
  };
}

/** Two headers that the accused never signed, for the first place of its feed. */
function forgedProof(world: World): ForkProof {
  const { dice } = world;
  const place = { origin: dice.pick(world.honest).peer, seq: 0, prev: new Uint8Array(32) };
  const proof = forkProof(place, forgedHeader(dice), forgedHeader(dice), world.federation.id);
  if (proof === undefined) throw new Error('the dice gave one header twice');
  return proof;
}

function forgedHeader(dice: Dice): BareHeader {
  return {
    type: 'RECEIPT',
    timestampMs: BEGIN_WALL_MS,
    nonce: dice.bytes(16),
    bodyHash: dice.bytes(32),
    bodySize: BODY_SIZE,
    signature: dice.bytes(64),
  };
}
