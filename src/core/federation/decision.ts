/**
 * A decision that ended an epoch, with what proves it: the proposal, and enough yes votes of the epoch's witnesses in one ballot, each an
 * entry signed by its witness. Who knows the witnesses of an epoch can check it with nothing else, and then knows those of the next.
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { toHex } from '../bytes.ts';
import { examineRun } from '../entry/examine.ts';
import { TessraxError } from '../errors.ts';
import type { PlacedEntry, SignatureJob } from '../events.ts';
import { WITNESSES_COUNT_MAX } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { readStatement, type Statement, type WireStatement, writeStatement } from '../sync/statement.ts';
import { type Constitution, changeRefusal, votesNeeded } from './epochs.ts';
import { governanceEntryOf } from './governance-body.ts';
import type { Change, GovernanceEntry, OutcomeVote, Proposal } from './governance-types.ts';

export interface Decision {
  readonly proposal: Statement;
  /** Yes votes in one ballot, each of another witness. */
  readonly votes: readonly Statement[];
}
/** A decision as it is written: the bytes of its entries are enough. */
export interface WireDecision {
  readonly proposal: WireStatement;
  readonly votes: readonly WireStatement[];
}

/** What a decision says, once it is judged. */
export interface Ruling {
  /** The epoch that it ends. */
  readonly epoch: number;
  readonly proposal: Proposal;
  readonly votes: readonly OutcomeVote[];
  readonly change: Change;
}

/** Holds a decision against the epoch that it should end. Throws `decision_invalid`. Signatures are for the caller. */
export function judgeDecision(
  proposal: GovernanceEntry | undefined,
  votes: readonly (GovernanceEntry | undefined)[],
  { epoch, now }: { readonly epoch: number; readonly now: Constitution },
): Ruling {
  if (proposal?.body.action !== 'proposal') throw invalid('it decides on what is no proposal');
  const { hash, origin, body } = proposal;
  if (body.epoch !== epoch) throw invalid(`it is a proposal of epoch ${body.epoch}, not of ${epoch}`);
  const refusal = changeRefusal(now, body.change);
  if (refusal !== undefined) throw invalid(`the proposal cannot be adopted: ${refusal}`);
  const [first] = votes;
  const ballot = first?.body.ballot ?? 0;
  const seen = new Set<PeerIdText>();
  const cast = votes.map((vote): OutcomeVote => {
    const isYes = vote?.body.action === 'vote' && vote.body.choice === 'yes' && vote.body.proposal === hash;
    if (
      vote === undefined ||
      !isYes ||
      vote.body.epoch !== epoch ||
      vote.body.ballot !== ballot ||
      ballot < body.ballot
    )
      throw invalid('a vote is not a yes to the proposal in its epoch, in one ballot');
    if (!now.witnesses.has(vote.origin) || seen.has(vote.origin))
      throw invalid('a vote of no witness of the epoch, or a second vote of one');
    seen.add(vote.origin);
    return { witness: vote.origin, ballot, hash: vote.hash };
  });
  const needed = votesNeeded(now);
  if (cast.length < needed) throw invalid(`${cast.length} votes, ${needed} are needed`);
  return {
    epoch,
    proposal: { hash, origin, ballot: body.ballot, change: body.change },
    votes: cast,
    change: body.change,
  };
}

/** The same for a decision as it travels, and the signatures to check. Throws `decision_invalid`, or the refusal of an entry. */
export function examineDecision(
  { proposal, votes }: Decision,
  federation: string,
  place: { readonly epoch: number; readonly now: Constitution },
): { readonly ruling: Ruling; readonly jobs: readonly SignatureJob[] } {
  const [examined, ...cast] = [proposal, ...votes].map((statement) => examineStatement(statement, federation));
  const ruling = judgeDecision(
    examined?.entry,
    cast.map(({ entry }) => entry),
    place,
  );
  return { ruling, jobs: [...(examined?.jobs ?? []), ...cast.flatMap(({ jobs }) => jobs)] };
}

function examineStatement({ origin, seq, prev, entry }: Statement, federation: string) {
  const [candidate] = examineRun({ origin, log: 'ledger', from: seq, prev, entries: [entry] }, federation);
  return { entry: candidate === undefined ? undefined : governanceEntryOf(candidate), jobs: candidate?.jobs ?? [] };
}

/** Where an entry of a decision stands. */
export interface EvidencePlace {
  readonly origin: PeerIdText;
  readonly seq: number;
  /** Receipt hash, hex. */
  readonly hash: string;
}
/** The entries that prove a decision, by their places. */
export interface Evidence {
  readonly proposal: EvidencePlace;
  readonly votes: readonly EvidencePlace[];
}

/** Makes a decision out of stored entries, read each with the one before it. Undefined when one is missing. */
export function decisionOf({ proposal, votes }: Evidence, entries: readonly PlacedEntry[]): WireDecision | undefined {
  const places = new Map(entries.map((entry) => [`${entry.origin} ${entry.seq}`, entry]));
  const statementAt = ({ origin, seq, hash }: EvidencePlace): WireStatement | undefined => {
    const entry = places.get(`${origin} ${seq}`);
    const prev = seq === 0 ? ZERO_PREV : places.get(`${origin} ${seq - 1}`)?.hash;
    return entry === undefined || prev === undefined || toHex(entry.hash) !== hash
      ? undefined
      : { origin, seq, prev, entry };
  };
  const proposed = statementAt(proposal);
  const cast = votes.flatMap((vote) => statementAt(vote) ?? []);
  return proposed === undefined || cast.length < votes.length ? undefined : { proposal: proposed, votes: cast };
}

const ZERO_PREV = new Uint8Array(32);

export function writeDecision(writer: BinaryWriter, { proposal, votes }: WireDecision): void {
  writeStatement(writer, proposal);
  writer.varint(votes.length);
  for (const vote of votes) writeStatement(writer, vote);
}

export function readDecision(reader: BinaryReader): Decision {
  const proposal = readStatement(reader);
  const count = reader.count(WITNESSES_COUNT_MAX, 'votes of a decision');
  return { proposal, votes: Array.from({ length: count }, () => readStatement(reader)) };
}

function invalid(what: string): TessraxError {
  return new TessraxError('decision_invalid', `a decision does not hold: ${what}`);
}
