/**
 * The kept votes on one feed: each valid, each for what the feed is at its size, and enough of them for what is held to be certified (R-80
 * to R-82). Votes on a sealed feed may be for what was cut off, and entries came in by a certificate that others counted: there a vote
 * that does not agree is none, and the certificate in the seal shows what is certified (seal-audit.ts).
 */
import { equalBytes } from '../core/bytes.ts';
import { TessraxError } from '../core/errors.ts';
import type { EpochChain } from '../core/federation/epoch-chain.ts';
import { epochOf, examineVote, type Vote } from '../core/federation/vote.ts';
import type { FeedHead } from '../core/ledger/feed.ts';
import { checkpointOf } from '../core/ledger/ledger.ts';
import { type PeerIdText, publicKeyOf } from '../core/peer-id.ts';
import { type Database, getValue } from '../store/database.ts';
import { originKey } from '../store/keys.ts';
import { unsealNumber } from '../store/records.ts';
import { readVotes } from '../store/votes.ts';
import type { SignatureChecks } from './signature-checks.ts';

interface VoteAuditParts {
  readonly chain: EpochChain;
  readonly signatures: SignatureChecks;
  readonly sealed: boolean;
}

export class FeedVotes {
  readonly #origin: PeerIdText;
  readonly #chain: EpochChain;
  readonly #sealed: boolean;
  readonly #bySize = new Map<number, Vote[]>();
  readonly #voted = new Set<PeerIdText>();
  #records = 0;
  #round: number | undefined;
  #agreeing: Vote[] = [];
  #certifiedSize = 0;

  private constructor(origin: PeerIdText, chain: EpochChain, sealed: boolean) {
    this.#origin = origin;
    this.#chain = chain;
    this.#sealed = sealed;
  }

  /** Reads the votes on a feed and hands their signatures to be checked. Rejects with what is wrong with one. */
  static async read(
    db: Database,
    origin: PeerIdText,
    { chain, signatures, sealed }: VoteAuditParts,
  ): Promise<FeedVotes> {
    const votes = new FeedVotes(origin, chain, sealed);
    const key = publicKeyOf(origin) ?? new Uint8Array();
    const kept = await readVotes(db, key);
    votes.#records = kept.records;
    votes.#round = kept.round;
    for (const vote of kept.votes) await votes.#add(vote, signatures);
    const certifiedKey = originKey('certified', key);
    const certified = await getValue(db, certifiedKey);
    votes.#certifiedSize = certified === undefined ? 0 : unsealNumber(certifiedKey, certified);
    return votes;
  }

  /** How many records the votes are, and whether the feed has a certified size: what the buckets must hold. */
  get records(): { readonly votes: number; readonly certified: number } {
    return { votes: this.#records, certified: this.#certifiedSize > 0 ? 1 : 0 };
  }

  /** The heartbeats that they are in, if they are not kept with each vote. */
  get round(): number | undefined {
    return this.#round;
  }

  /** To be called at every size of the feed. Throws `vote_disagrees`. */
  compare(head: FeedHead): void {
    const votes = this.#bySize.get(head.size);
    if (votes === undefined) return;
    const { root } = checkpointOf(head);
    for (const vote of votes) {
      if (!equalBytes(vote.checkpoint.root, root)) {
        if (this.#sealed) continue;
        throw new TessraxError(
          'vote_disagrees',
          `the kept vote of ${vote.witness} at size ${head.size} is for another feed`,
        );
      }
      this.#agreeing.push(vote);
    }
    this.#bySize.delete(head.size);
  }

  /** How much of the feed a threshold of the votes that agree reaches. */
  get shownSize(): number {
    const reached = this.#chain.electorates.map(({ since, threshold }) => {
      const ofEpoch = this.#agreeing.filter((vote) => epochOf(vote) === since);
      return ofEpoch.map(({ checkpoint }) => checkpoint.size).sort((a, b) => b - a)[threshold - 1] ?? 0;
    });
    return Math.max(...reached);
  }

  /** To be called at the feed's end. Throws `vote_beyond`, `certified_short`, `certified_beyond`. */
  end(size: number): void {
    if (this.#certifiedSize > size)
      throw new TessraxError(
        'certified_beyond',
        `${this.#certifiedSize} entries are held to be certified; there are ${size}`,
      );
    if (this.#sealed) return;
    if (this.#bySize.size > 0)
      throw new TessraxError('vote_beyond', 'a kept vote is for a size that the feed does not have');
    if (this.#certifiedSize === 0) return;
    const reaching = this.#agreeing.filter(({ checkpoint }) => checkpoint.size >= this.#certifiedSize);
    const isQuorum = this.#chain.electorates.some(
      ({ since, threshold }) => reaching.filter((vote) => epochOf(vote) === since).length >= threshold,
    );
    if (isQuorum) return;
    throw new TessraxError(
      'certified_short',
      `${this.#certifiedSize} entries are held to be certified by ${reaching.length} votes, too few of the witnesses of any one epoch`,
    );
  }

  async #add(vote: Vote, signatures: SignatureChecks): Promise<void> {
    const epoch = epochOf(vote);
    const isOurs = this.#chain.electedWith(epoch)?.witnesses.has(vote.witness) === true;
    if (!isOurs || vote.checkpoint.origin !== this.#origin || this.#voted.has(vote.witness)) {
      throw new TessraxError('vote_misplaced', `the kept vote of ${vote.witness} is not one of a witness on this feed`);
    }
    this.#voted.add(vote.witness);
    await signatures.add([examineVote(vote, this.#chain.id, epoch)], `vote of ${vote.witness} on ${this.#origin}`);
    this.#bySize.set(vote.checkpoint.size, [...(this.#bySize.get(vote.checkpoint.size) ?? []), vote]);
  }
}
