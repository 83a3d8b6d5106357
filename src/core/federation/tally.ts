/**
 * Counting votes for one feed: what of it a threshold of witnesses has signed for. Two thresholds meet in an honest
 * witness, who never holds two conflicting entries at one place: so at most one branch of a feed can ever be certified.
 */
import { equalBytes } from '../bytes.ts';
import type { Checkpoint } from '../ledger/ledger.ts';
import { ROOTS_HELD_MAX } from '../limits.ts';
import { ownHash } from '../merkle/hash.ts';
import type { PeerIdText } from '../peer-id.ts';
import type { Electorate } from './governance-record.ts';
import type { Vote } from './vote.ts';

/** The votes on one feed that are not settled: at most three a witness, whatever it sends. */
export class Tally {
  /** The largest vote of each witness whose root is ours at its size. */
  readonly #agreeing = new Map<PeerIdText, Vote>();
  /** The largest vote of each witness that we could not compare yet: we do not hold that much, or do not know our root there. */
  readonly #waiting = new Map<PeerIdText, Vote>();
  /** The last vote of each witness that says less than its waiting one: a feed that was cut is smaller, and honest, since. */
  readonly #lesser = new Map<PeerIdText, Vote>();

  /** Our roots at the sizes that the feed had lately, smallest first. */
  readonly #held = new Map<number, Uint8Array>();

  /** The feed has this size now, durably. Votes are on their way while it grows: most are for a size that it had a moment ago. */
  hold({ size, root }: Pick<Checkpoint, 'size' | 'root'>): void {
    for (const held of this.#held.keys()) if (held >= size) this.#held.delete(held); // it was cut: beyond, it may become another branch
    this.#held.set(size, ownHash(root));
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= ROOTS_HELD_MAX) return;
      this.#held.delete(oldest);
    }
  }

  /** Our root at an earlier size, if the feed had it lately. */
  heldRoot(size: number): Uint8Array | undefined {
    return this.#held.get(size);
  }

  /** Takes a vote that nobody compared yet. A vote that says no more than one that agrees is dropped. */
  hear(vote: Vote): void {
    const { witness, checkpoint } = vote;
    if (checkpoint.size <= sizeOf(this.#agreeing.get(witness))) return;
    const largest = sizeOf(this.#waiting.get(witness));
    if (checkpoint.size > largest) this.#waiting.set(witness, vote);
    else if (checkpoint.size < largest) this.#lesser.set(witness, vote);
  }

  /** Waiting votes of a size that we hold: their roots can be compared with ours. */
  comparable(held: number): Vote[] {
    if (!this.isWaiting) return [];
    return [...this.#waiting.values(), ...this.#lesser.values()].filter(({ checkpoint }) => checkpoint.size <= held);
  }

  /** Whether votes wait for entries that are still to come. */
  get isWaiting(): boolean {
    return this.#waiting.size + this.#lesser.size > 0;
  }

  /** Compares a waiting vote with our root at its size. Gives back whether it agrees. */
  compare(vote: Vote, ownRoot: Uint8Array): boolean {
    const { witness, checkpoint } = vote;
    for (const waiting of [this.#waiting, this.#lesser]) if (waiting.get(witness) === vote) waiting.delete(witness);
    if (!equalBytes(checkpoint.root, ownRoot)) return false;
    if (checkpoint.size > sizeOf(this.#agreeing.get(witness))) this.#agreeing.set(witness, vote);
    return true;
  }

  /** The largest size that at least `threshold` of these witnesses vouch for; 0 when there is none. */
  certifiedSize({ witnesses, threshold }: Pick<Electorate, 'witnesses' | 'threshold'>): number {
    if (this.#agreeing.size < threshold) return 0; // asked of every open feed at every heartbeat: nothing is sorted for nothing
    const sizes: number[] = [];
    for (const [witness, { checkpoint }] of this.#agreeing) if (witnesses.has(witness)) sizes.push(checkpoint.size);
    return sizes.sort((a, b) => b - a)[threshold - 1] ?? 0;
  }

  /** The votes that reach this size. */
  reaching(size: number): Vote[] {
    return [...this.#agreeing.values()].filter(({ checkpoint }) => checkpoint.size >= size);
  }

  /** How far a witness is known to vouch, so that a repeated vote need not be made again. */
  agreedSize(witness: PeerIdText): number {
    return sizeOf(this.#agreeing.get(witness));
  }
}

function sizeOf(vote: Vote | undefined): number {
  return vote?.checkpoint.size ?? 0;
}
