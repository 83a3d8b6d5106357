/** A node of the core without anything around it: its signatures are checked at once, its batches durable at once, its CPU counted. */
import type { Effect, Event, Stamp } from '../src/core/events.ts';
import type { Federation } from '../src/core/federation/genesis.ts';
import type { FeedHead } from '../src/core/ledger/feed.ts';
import { createNodeState, DEFAULT_RHYTHM, type NodeState, type Rhythm, step } from '../src/core/node.ts';
import { signedMessage } from '../src/core/signature.ts';
import type { Identity } from '../src/identity/keyfile.ts';
import { openBackend } from '../src/verify/backend.ts';
import { createSigner } from '../src/verify/signer.ts';

export const BEGIN: Stamp = { wallMs: Date.UTC(2026, 0, 1), monoMs: 0 };

export class DrivenNode {
  readonly state: NodeState;
  /** CPU time that the node took, in milliseconds: signatures and garbage collection included, whatever else the machine does. */
  cpuMs = 0;
  now: Stamp = BEGIN;
  readonly #backend = openBackend();
  /** The first one is under way. */
  readonly #events: Event[] = [];
  readonly #outside: (effect: Effect) => void;

  /** @param outside takes what the node says: streams, gossip, notes */
  constructor(
    identity: Identity,
    federation: Federation,
    heads: readonly FeedHead[],
    outside: (effect: Effect) => void,
    rhythm: Rhythm = DEFAULT_RHYTHM,
  ) {
    this.#outside = outside;
    const signer = createSigner(identity.seed);
    let drawn = 0;
    this.state = createNodeState({
      self: identity.peerId,
      federation,
      author: {
        federation: federation.id,
        sign: (message) => signer.sign(message),
        random: (count) => new Uint8Array(count).fill(drawn++),
      },
      rhythm,
      heads,
      certified: heads.map(({ origin, size }) => ({ origin, size })),
      counterReserved: 0,
      now: BEGIN,
    });
  }

  /** Takes an event, and what follows from it inside the node, in the order in which it arises. */
  take(event: Event): void {
    this.#events.push(event);
    if (this.#events.length > 1) return;
    for (let next: Event | undefined = event; next !== undefined; next = this.#events[0]) {
      const before = cpuUs();
      const { effects } = step(this.state, this.now, next);
      this.cpuMs += (cpuUs() - before) / 1000;
      for (const effect of effects) this.#carryOut(effect);
      this.#events.shift();
    }
  }

  #carryOut(effect: Effect): void {
    if (effect.kind === 'store') {
      this.take({ kind: 'stored', batch: effect.batch });
    } else if (effect.kind === 'governance') {
      this.take({ kind: 'governance', job: effect.job, entries: [] }); // nobody governs here
    } else if (effect.kind === 'verify') {
      const before = cpuUs();
      const valid = effect.items.map(({ domain, key, hash, signature }) =>
        this.#backend.verify(signature, signedMessage(domain, hash), key),
      );
      this.cpuMs += (cpuUs() - before) / 1000;
      this.take({ kind: 'verified', job: effect.job, valid });
    } else {
      this.#outside(effect);
    }
  }
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
