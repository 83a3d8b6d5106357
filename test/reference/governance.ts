/**
 * The governance rules said over the whole set of entries at once, as slowly as they read. No order of arrival, no
 * memory of earlier sets: what the incremental form must agree with.
 */
import {
  amend,
  type Constitution,
  changeRefusal,
  foundingConstitution,
  votesNeeded,
} from '../../src/core/federation/epochs.ts';
import type { Federation } from '../../src/core/federation/genesis.ts';
import type { Change, GovernanceEntry, Position } from '../../src/core/federation/governance-types.ts';
import { GOVERNANCE_BALLOT_MAX, PROPOSALS_PER_WITNESS_MAX, PROPOSALS_PER_WRITER_MAX } from '../../src/core/limits.ts';

export type Feeds = ReadonlyMap<string, readonly GovernanceEntry[]>;

export interface SlowState {
  readonly epoch: number;
  readonly witnesses: readonly string[];
  readonly threshold: number;
  readonly policies: readonly string[];
  readonly history: readonly { readonly hash: string; readonly votes: readonly string[] }[];
  readonly ballots: readonly {
    readonly ballot: number;
    readonly only: string | null;
    readonly remaining: readonly string[];
  }[];
  readonly proposals: readonly string[];
}

/** Stands for every proposal that nobody has voted for yet. */
const ANYTHING = 'anything';

type Counted = GovernanceEntry & { readonly body: { readonly action: 'proposal' | 'vote' } };

/** `ballotsMax`: no vote names a later ballot. */
export function slowGovernance(genesis: Federation, feeds: Feeds, ballotsMax: number): SlowState {
  const read = new Map([...feeds].map(([origin, entries]) => [origin, forward(entries)]));
  const history: { hash: string; votes: string[] }[] = [];
  let now = foundingConstitution(genesis);
  for (let epoch = 0; ; epoch++) {
    const adopted = adoptedIn({ epoch, now, read, ballotsMax });
    if (adopted === undefined) return describe({ epoch, now, read, ballotsMax }, history);
    history.push({ hash: adopted.hash, votes: votesFor({ epoch, now, read, ballotsMax }, adopted) });
    now = amend(now, adopted.change, epoch);
  }
}

/** Entries that do not go back to an earlier epoch or ballot than one before them; records of decisions say nothing. */
function forward(entries: readonly GovernanceEntry[]): Counted[] {
  const counted: Counted[] = [];
  for (const entry of entries) {
    if (!isCounted(entry)) continue;
    if (counted.every(({ body }) => order(body, entry.body) <= 0)) counted.push(entry);
  }
  return counted;
}

function isCounted(entry: GovernanceEntry): entry is Counted {
  return entry.body.action !== 'decision';
}

interface Epoch {
  readonly epoch: number;
  readonly now: Constitution;
  readonly read: ReadonlyMap<string, readonly Counted[]>;
  readonly ballotsMax: number;
}

interface Standing {
  readonly hash: string;
  readonly ballot: number;
  readonly change: Change;
}

function proposalsOf({ epoch, now, read }: Epoch): Standing[] {
  return [...read].flatMap(([origin, entries]) => {
    const own = entries.flatMap(({ hash, body }) =>
      body.action === 'proposal' && body.epoch === epoch ? [{ hash, ballot: body.ballot, change: body.change }] : [],
    );
    return own.slice(0, now.witnesses.has(origin) ? PROPOSALS_PER_WITNESS_MAX : PROPOSALS_PER_WRITER_MAX);
  });
}

/** A witness's vote in a ballot: the first of its feed there. */
function voteOf({ epoch, read }: Epoch, witness: string, ballot: number) {
  for (const { body } of read.get(witness) ?? []) {
    if (body.action === 'vote' && body.epoch === epoch && body.ballot === ballot) return body;
  }
  return undefined;
}

function yesVoters(at: Epoch, hash: string, ballot: number): string[] {
  return [...at.now.witnesses.keys()].filter((witness) => {
    const vote = voteOf(at, witness, ballot);
    return vote?.choice === 'yes' && vote.proposal === hash;
  });
}

function remaining(at: Epoch, ballot: number): string[] {
  const here = { epoch: at.epoch, ballot };
  return [...at.now.witnesses.keys()].filter(
    (witness) =>
      voteOf(at, witness, ballot) === undefined &&
      (at.read.get(witness) ?? []).every(({ body }) => order(body, here) <= 0),
  );
}

/** Whether more entries could make a proposal be adopted in this ballot, as far as its votes go. */
function canStill(at: Epoch, hash: string, ballot: number): boolean {
  const known = proposalsOf(at).find((proposal) => proposal.hash === hash && proposal.ballot <= ballot);
  if (known !== undefined && changeRefusal(at.now, known.change) !== undefined) return false;
  return yesVoters(at, hash, ballot).length + remaining(at, ballot).length >= votesNeeded(at.now);
}

function named({ epoch, read }: Epoch): string[] {
  const hashes = [...read.values()]
    .flat()
    .flatMap(({ body }) => (body.action === 'vote' && body.epoch === epoch ? [body.proposal] : []));
  return [...new Set([...hashes, ANYTHING])];
}

function canStillIn(at: Epoch, ballot: number): string[] {
  return named(at).filter((hash) => canStill(at, hash, ballot));
}

function adoptedIn(at: Epoch): Standing | undefined {
  const adopted = proposalsOf(at).filter((proposal) => {
    if (changeRefusal(at.now, proposal.change) !== undefined) return false;
    for (let ballot = proposal.ballot; ballot <= at.ballotsMax; ballot++) {
      const earlier = Array.from({ length: ballot }, (_, i) => i);
      const enough = yesVoters(at, proposal.hash, ballot).length >= votesNeeded(at.now);
      if (enough && earlier.every((each) => canStillIn(at, each).every((hash) => hash === proposal.hash))) return true;
    }
    return false;
  });
  if (adopted.length > 1) throw new Error(`${adopted.length} proposals are adopted in epoch ${at.epoch}`);
  return adopted[0];
}

function votesFor(at: Epoch, { hash, ballot }: Standing): string[] {
  const voters = new Set<string>();
  for (let each = ballot; each <= at.ballotsMax; each++)
    for (const witness of yesVoters(at, hash, each)) voters.add(witness);
  return [...voters].sort();
}

function describe(at: Epoch, history: SlowState['history']): SlowState {
  const ballots: { ballot: number; only: string | null; remaining: string[] }[] = [];
  const possible = new Set<string>();
  for (let ballot = 0; ballot <= GOVERNANCE_BALLOT_MAX; ballot++) {
    const here = canStillIn(at, ballot);
    if (here.length > 0 || ballot === GOVERNANCE_BALLOT_MAX) {
      ballots.push({ ballot, only: [...possible][0] ?? null, remaining: remaining(at, ballot).sort() });
    }
    for (const hash of here) possible.add(hash);
    if (possible.size > 1 || possible.has(ANYTHING)) break;
  }
  const open = ballots.at(-1)?.ballot ?? 0;
  return {
    epoch: at.epoch,
    witnesses: [...at.now.witnesses.keys()].sort(),
    threshold: at.now.threshold,
    policies: [...at.now.policies.values()]
      .map(({ name, value, since }) => `${name}=${JSON.stringify(value)} since ${since}`)
      .sort(),
    history,
    ballots,
    proposals: proposalsOf(at)
      .filter(({ ballot }) => ballot <= open)
      .map(({ hash }) => hash)
      .sort(),
  };
}

function order(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.ballot - b.ballot;
}
