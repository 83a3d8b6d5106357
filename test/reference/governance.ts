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
  readonly adopted: { readonly hash: string; readonly ballot: number; readonly declared: number } | null;
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

/** An entry, and where it stands: a declaration stands where its feed has come to in its epoch. */
type Counted = GovernanceEntry & { readonly place: Position };

/** `ballotsMax`: no vote names a later ballot. */
export function slowGovernance(genesis: Federation, feeds: Feeds, ballotsMax: number): SlowState {
  const read = new Map([...feeds].map(([origin, entries]) => [origin, forward(entries)]));
  const history: { hash: string; votes: string[] }[] = [];
  let now = foundingConstitution(genesis);
  for (let epoch = 0; ; epoch++) {
    const at = { epoch, now, read, ballotsMax };
    const adopted = adoptedIn(at);
    const ballots = openBallots(at, adopted);
    const open = adopted === undefined ? (ballots.at(-1)?.ballot ?? 0) : Number.POSITIVE_INFINITY;
    const ended = proposalsOf(at).find(
      ({ hash, ballot }) => ballot <= open && declaredBy(at, hash, open).length >= votesNeeded(now),
    );
    if (ended === undefined) return describe(at, { history, adopted, ballots, open });
    history.push({ hash: ended.hash, votes: votesFor(at, ended) });
    now = amend(now, ended.change, epoch);
  }
}

/** Entries that do not go back to an earlier epoch or ballot than one before them. */
function forward(entries: readonly GovernanceEntry[]): Counted[] {
  const counted: Counted[] = [];
  let at: Position = { epoch: 0, ballot: 0 };
  for (const entry of entries) {
    const { action, epoch, ballot } = entry.body;
    const place = { epoch, ballot: action !== 'decision' ? ballot : epoch === at.epoch ? at.ballot : 0 };
    if (order(at, place) > 0) continue;
    at = place;
    counted.push({ ...entry, place });
  }
  return counted;
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
      (at.read.get(witness) ?? []).every(({ place }) => order(place, here) <= 0),
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

interface Adopted extends Standing {
  /** Where it was adopted. */
  readonly in: number;
}

function adoptedIn(at: Epoch): Adopted | undefined {
  const adopted = proposalsOf(at).flatMap((proposal): Adopted[] => {
    if (changeRefusal(at.now, proposal.change) !== undefined) return [];
    for (let ballot = proposal.ballot; ballot <= at.ballotsMax; ballot++) {
      const earlier = Array.from({ length: ballot }, (_, i) => i);
      const enough = yesVoters(at, proposal.hash, ballot).length >= votesNeeded(at.now);
      if (enough && earlier.every((each) => canStillIn(at, each).every((hash) => hash === proposal.hash)))
        return [{ ...proposal, in: ballot }];
    }
    return [];
  });
  if (adopted.length > 1) throw new Error(`${adopted.length} proposals are adopted in epoch ${at.epoch}`);
  return adopted[0];
}

/** The witnesses who have declared it, each by its first declaration in the epoch, which can be read when the ballots before it are open. */
function declaredBy({ epoch, now, read }: Epoch, hash: string, open: number): string[] {
  return [...now.witnesses.keys()].filter((witness) => {
    const first = (read.get(witness) ?? []).find(({ body }) => body.action === 'decision' && body.epoch === epoch);
    return first?.body.action === 'decision' && first.body.proposal === hash && first.place.ballot <= open;
  });
}

function votesFor(at: Epoch, { hash, ballot }: Standing): string[] {
  const voters = new Set<string>();
  for (let each = ballot; each <= at.ballotsMax; each++)
    for (const witness of yesVoters(at, hash, each)) voters.add(witness);
  return [...voters].sort();
}

function openBallots(at: Epoch, adopted: Adopted | undefined): SlowState['ballots'] {
  const ballots: { ballot: number; only: string | null; remaining: string[] }[] = [];
  const possible = new Set<string>();
  for (let ballot = 0; ballot <= GOVERNANCE_BALLOT_MAX; ballot++) {
    if (adopted?.in === ballot)
      return [...ballots, { ballot, only: adopted.hash, remaining: remaining(at, ballot).sort() }];
    const here = canStillIn(at, ballot);
    if (here.length > 0 || ballot === GOVERNANCE_BALLOT_MAX) {
      ballots.push({ ballot, only: [...possible][0] ?? null, remaining: remaining(at, ballot).sort() });
    }
    for (const hash of here) possible.add(hash);
    if (possible.size > 1 || possible.has(ANYTHING)) break;
  }
  return ballots;
}

interface Found {
  readonly history: SlowState['history'];
  readonly adopted: Adopted | undefined;
  readonly ballots: SlowState['ballots'];
  readonly open: number;
}

function describe(at: Epoch, { history, adopted, ballots, open }: Found): SlowState {
  return {
    epoch: at.epoch,
    witnesses: [...at.now.witnesses.keys()].sort(),
    threshold: at.now.threshold,
    policies: [...at.now.policies.values()]
      .map(({ name, value, since }) => `${name}=${JSON.stringify(value)} since ${since}`)
      .sort(),
    adopted:
      adopted === undefined
        ? null
        : { hash: adopted.hash, ballot: adopted.in, declared: declaredBy(at, adopted.hash, open).length },
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
