/** This node's own governance entries, those that are not final yet too: what was said already is not said twice. */
import { BinaryReader } from '../core/binary.ts';
import { equalBytes, toHex } from '../core/bytes.ts';
import { canonicalize, type JsonObject } from '../core/entry/canonical-json.ts';
import { readEntry } from '../core/entry/codec.ts';
import { TessraxError } from '../core/errors.ts';
import { GOVERNANCE_TYPE } from '../core/federation/governance-body.ts';
import type { GovernanceNode } from './governance.ts';

/** An entry and what it says. */
export interface OwnEntry {
  readonly json: JsonObject;
  /** It was there before it was asked for. */
  readonly existing: boolean;
}

export class OwnGovernance {
  readonly #node: GovernanceNode;
  #last: Promise<unknown> = Promise.resolve();

  constructor(node: GovernanceNode) {
    this.#node = node;
  }

  /** One after the other: of two equal requests at once the second finds what the first appended. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined); // told to who asked
    return result;
  }

  /** The entry of this node that says exactly this: epoch and ballot are part of it. */
  async find(body: JsonObject): Promise<OwnEntry | undefined> {
    const { peerId: origin, store } = this.#node;
    const to = this.#node.heads().find((head) => head.origin === origin)?.size ?? 0;
    if (to === 0) return undefined;
    const wanted = new TextEncoder().encode(canonicalize(body));
    for await (const { hash, seq, bytes } of store.governanceEntries({ origin, from: 0, to })) {
      if (!equalBytes(readEntry(new BinaryReader(bytes)).body, wanted)) continue;
      return { json: { ...body, hash: toHex(hash), seq, origin, existing: true }, existing: true };
    }
    return undefined;
  }

  /** Resolves when the entry is durable. */
  async append(body: JsonObject): Promise<OwnEntry> {
    const [entry] = await this.#node.append([{ type: GOVERNANCE_TYPE, body }]);
    if (entry === undefined) throw new TessraxError('internal', 'the node stored nothing');
    const { peerId: origin } = this.#node;
    return { json: { ...body, hash: toHex(entry.hash), seq: entry.seq, origin }, existing: false };
  }
}
