/** The other nodes of a federation, as far as one node hears of them: their pushes and heartbeats, with keys and encodings of their own. */
import { authorEntry } from '../src/core/entry/author.ts';
import type { Draft } from '../src/core/events.ts';
import { emptyHead } from '../src/core/ledger/admission.ts';
import { type Checkpoint, checkpointOf } from '../src/core/ledger/ledger.ts';
import { EMPTY_ROOT } from '../src/core/merkle/hash.ts';
import type { NodeState } from '../src/core/node.ts';
import { runOf, syncEventDraft } from '../src/core/sync/delta.ts';
import { signHeartbeat } from '../src/core/sync/heartbeat.ts';
import { encodeMessage } from '../src/core/sync/messages.ts';
import { createIdentity } from '../src/identity/identity.ts';
import { createSigner } from '../src/verify/signer.ts';

type Tip = Parameters<typeof authorEntry>[1];

/** One of the others. */
export class Other {
  readonly peer: string;
  readonly #signer: ReturnType<typeof createSigner>;
  #counter = 0;
  #ledger: Tip;
  #journal: Tip;
  #drawn = 0;

  constructor() {
    const { seed, peerId } = createIdentity();
    this.peer = peerId;
    this.#signer = createSigner(seed);
    this.#ledger = emptyHead(peerId, 'ledger');
    this.#journal = emptyHead(peerId, 'journal');
  }

  /** A push of one new entry of its own, with the SYNC_EVENT that it signs for it. */
  push(federation: string, draft: Draft, wallMs: number): Uint8Array {
    const author = {
      federation,
      sign: (message: Uint8Array) => this.#signer.sign(message),
      random: (count: number) => new Uint8Array(count).fill(this.#drawn++),
    };
    const entry = authorEntry(author, this.#ledger, draft, wallMs);
    this.#ledger = { ...entry, size: entry.seq + 1 };
    const event = authorEntry(author, this.#journal, syncEventDraft('*', [[entry]]), wallMs);
    this.#journal = { ...event, size: event.seq + 1 };
    return encodeMessage({ kind: 'delta', event: { ...event, entry: event }, runs: runOf([entry]) });
  }

  /** What it says when it holds what `node` holds: its own feed first, then those that changed. */
  heartbeat({ federation, durable }: NodeState, changed: readonly string[], wallMs: number): Uint8Array {
    const named = [this.peer, ...changed.filter((origin) => origin !== this.peer)];
    const checkpoints = named.flatMap((origin): Checkpoint[] => {
      const head = durable.heads.get(origin);
      return head === undefined ? [] : [checkpointOf(head)];
    });
    return signHeartbeat(
      {
        federation: federation.id,
        node: this.peer,
        epoch: 0,
        closed: false,
        counter: this.#counter++,
        timestampMs: wallMs,
        height: durable.height,
        feeds: durable.heads.size,
        root: durable.root,
        journal: { origin: this.peer, size: 0, root: EMPTY_ROOT },
        checkpoints,
      },
      (message) => this.#signer.sign(message),
    );
  }
}
