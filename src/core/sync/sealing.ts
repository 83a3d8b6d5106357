/**
 * Sealed feeds. The content of a feed whose origin signed two branches is the prefix below the fork, and beyond it what
 * is certified, on whichever branch. Everything else is cut off into quarantine. That is a function of proofs and certificates, not of
 * their order: who has the same of both has the same feed.
 */
import type { Candidate } from '../entry/examine.ts';
import type { SealRecord, StoreBatch } from '../events.ts';
import {
  certificateEpoch,
  type DeltaCertificate,
  type FeedCertificate,
  isPrefix,
  type ReachingVote,
} from '../federation/feed-certificate.ts';
import { Tally } from '../federation/tally.ts';
import { epochOf } from '../federation/vote.ts';
import { type Admission, admit } from '../ledger/admission.ts';
import type { FeedHead } from '../ledger/feed.ts';
import { checkpointOf } from '../ledger/ledger.ts';
import { isRevocation, type SealReason } from '../ledger/seal-reason.ts';
import { SEALS_MAX } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { maySeal } from './accusations.ts';
import { commit, isBeingCut } from './commit.ts';
import { isRecent, isToRenew, openRenewal } from './handoff.ts';
import { heartbeatSoon } from './peers.ts';
import { emit, type NodeState, nextId, type Seal } from './state.ts';
import { stopServing } from './stop-serving.ts';
import { certifiedSize } from './voting.ts';

/** Seals a feed for a proof that was verified. Of two proofs the one that begins lower is kept: a revocation begins at 0. */
export function sealFeed(state: NodeState, proof: SealReason, scarred = false): void {
  const known = state.seals.get(proof.origin);
  if (known !== undefined && known.proof.seq <= proof.seq) return;
  if (!isRevocation(proof) && !maySeal(state, proof, scarred)) return;
  if (known === undefined && state.seals.size >= SEALS_MAX) return; // an attack of that size shows as feeds that do not agree
  const seal: Seal = {
    proof,
    certificate: known?.certificate,
    scarred: scarred || (known?.scarred ?? false),
    found: known?.found ?? false,
    sealedMs: known?.sealedMs ?? state.now.monoMs,
    settled: false,
    proved: known?.certificate?.checkpoint.size ?? 0, // what the disk is being read for does not come here any more
    reading: undefined,
    renewed: known?.renewed,
  };
  state.seals.set(proof.origin, seal);
  emit(state, {
    kind: 'note',
    note: { name: 'feed_sealed', origin: proof.origin, seq: proof.seq, revoked: isRevocation(proof) },
  });
  commit(state, { admissions: [], seals: [recordOf(seal)] }, { kind: 'sealed' });
  settleSeal(state, proof.origin);
}

export function recordOf({ proof, certificate, scarred }: Seal): SealRecord {
  return { proof, certificate, scarred };
}

/** Entries of a feed from here on need a certificate; infinity for a feed that is not sealed. */
export function sealedFrom(state: NodeState, origin: PeerIdText): number {
  return state.seals.get(origin)?.proof.seq ?? Number.POSITIVE_INFINITY;
}

/** How much of a feed is shown: of a sealed one what lies below the fork, and all when its certificate is at hand. */
export function shownSize(state: NodeState, origin: PeerIdText): number {
  const size = state.durable.heads.get(origin)?.size ?? 0;
  const seal = state.seals.get(origin);
  const isWhole = seal?.settled === true && seal.certificate?.checkpoint.size === size && !isBeingCut(state, origin);
  if (seal === undefined || isWhole) return size;
  return Math.min(size, seal.proof.seq);
}

/** Brings the content of a sealed feed to what it may be, once everything on its way to the disk is there. */
export function settleSeal(state: NodeState, origin: PeerIdText): void {
  const seal = state.seals.get(origin);
  if (seal === undefined || seal.settled || seal.reading !== undefined) return;
  const size = state.ledger.size(origin);
  const certified = certifiedSize(state, origin);
  if ((state.durable.heads.get(origin)?.size ?? 0) !== size || (state.durable.certified.get(origin) ?? 0) !== certified)
    return;
  if (size <= seal.proof.seq) {
    seal.settled = true;
    state.planDue = true;
    return;
  }
  seal.reading = nextId(state);
  stopServing(state, origin);
  // A vote that reaches beyond the cut shows nothing once that is gone. So the certificate is made before, even when all that is certified
  // lies below this fork: a lower one, or a revocation, may leave nothing else.
  const proves = certified > seal.proved;
  seal.proved = Math.max(certified, seal.proved);
  emit(state, {
    kind: 'seal_read',
    job: seal.reading,
    origin,
    size: proves ? certified : keptSize(state, seal, origin),
    votes: proves,
  });
}

/** What stays of a sealed feed: what lies below the fork, what is certified, and what is held again by a certificate that does not count. */
function keptSize(state: NodeState, { proof, certificate }: Seal, origin: PeerIdText): number {
  const size = state.ledger.size(origin);
  const shown = certificate?.checkpoint.size ?? 0;
  return Math.max(Math.min(size, proof.seq), certifiedSize(state, origin), shown <= size ? shown : 0);
}

/** Settles what waited for the disk. */
export function settleSeals(state: NodeState): void {
  for (const origin of state.seals.keys()) settleSeal(state, origin);
}

/** The head at the cut, and the votes that certify what lies beyond the fork, with paths from the cut to what each witness signed. */
export function onSealRead(state: NodeState, job: number, head: FeedHead, votes: readonly ReachingVote[]): void {
  const { origin } = head;
  const seal = state.seals.get(origin);
  if (seal?.reading !== job) return;
  seal.reading = undefined;
  const size = state.ledger.size(origin);
  const quorum = newestQuorum(state, votes);
  if (quorum !== undefined) {
    seal.certificate = { checkpoint: checkpointOf(head), votes: quorum.votes };
    seal.renewed = quorum.epoch;
  }
  if (head.size !== keptSize(state, seal, origin)) {
    settleSeal(state, origin); // that was for the certificate; or a lower fork, or more votes, came in while the disk was read
    return;
  }
  seal.settled = true;
  state.planDue = true;
  openRenewal(state, origin);
  if (size === head.size) {
    commit(state, { admissions: [], seals: [recordOf(seal)] }, { kind: 'sealed' });
    return;
  }
  emit(state, { kind: 'note', note: { name: 'entries_quarantined', origin, from: head.size, to: size } });
  state.ledger.set(head);
  state.certification.tallies.set(origin, new Tally()); // votes beyond the cut were compared with what is no longer held
  commit(state, { admissions: [], cuts: [{ head, to: size }], seals: [recordOf(seal)] }, { kind: 'sealed' });
  heartbeatSoon(state);
}

/** Enough votes of the witnesses of one epoch, the latest for which there are. */
function newestQuorum(
  { epochs }: NodeState,
  votes: readonly ReachingVote[],
): { readonly epoch: number; readonly votes: readonly ReachingVote[] } | undefined {
  for (const { since, witnesses, threshold } of [...epochs.electorates].reverse()) {
    const ofEpoch = votes.filter(({ vote }) => epochOf(vote) === since && witnesses.has(vote.witness));
    if (ofEpoch.length >= threshold) return { epoch: since, votes: ofEpoch.slice(0, threshold) };
  }
  return undefined;
}

/** Certificates of sealed feeds that were made with earlier witnesses are made anew with the votes of those in force. */
export function renewCertificates(state: NodeState, certified: readonly { readonly origin: PeerIdText }[]): void {
  for (const { origin } of certified) {
    const seal = state.seals.get(origin);
    if (seal === undefined || !isToRenew(state, origin)) continue;
    seal.settled = false;
    seal.proved = 0; // the votes are others now
    settleSeal(state, origin);
  }
}

/**
 * Whether a certificate lets entries in beyond a fork. It does when it counts; and when a vote of our own stands in it, and nothing else
 * there is certified: then what that vote was for, and was cut off, is held again.
 */
export function letsIn(state: NodeState, certificate: FeedCertificate): boolean {
  if (isRecent(state, certificateEpoch(certificate))) return true;
  const { origin } = certificate.checkpoint;
  const isOwn = certificate.votes.some(({ vote }) => vote.witness === state.self);
  return isOwn && certifiedSize(state, origin) <= sealedFrom(state, origin);
}

/**
 * The part of a delivered run that a seal lets in: what lies below the fork, and beyond it what is shown to be a beginning of what a
 * threshold of witnesses signed.
 */
export function openThrough(
  state: NodeState,
  run: readonly Candidate[],
  certificate: DeltaCertificate | undefined,
): readonly Candidate[] {
  const [first] = run;
  const seal = first === undefined ? undefined : state.seals.get(first.origin);
  if (first === undefined || seal === undefined) return run;
  if (!seal.settled) return [];
  if (certificate !== undefined && letsIn(state, certificate)) {
    const { head, stopped } = admit(state.ledger.head(first.origin), run, state.now.wallMs);
    // It does not even join what we hold: there is a lower fork, and the admission will say so.
    if (stopped?.verdict.reason === 'chain_broken') return run;
    if (stopped === undefined && isPrefix(checkpointOf(head), certificate.checkpoint, certificate.path)) return run;
  }
  return run.filter(({ seq }) => seq < seal.proof.seq);
}

/**
 * Entries that came in beyond a fork are final here too, by the certificate that came with them. One that does not count any more lets in
 * again what this node voted for before it cut it off: that is held, and voted for, and final when those in force certify it.
 */
export function takeCertified(
  state: NodeState,
  admissions: readonly Admission[],
  certificates: ReadonlyMap<PeerIdText, DeltaCertificate>,
): Pick<StoreBatch, 'seals' | 'certified'> {
  const seals: SealRecord[] = [];
  const certified: { origin: PeerIdText; size: number }[] = [];
  for (const { head, accepted } of admissions) {
    const { origin, size } = head;
    const seal = state.seals.get(origin);
    const certificate = certificates.get(origin);
    if (
      accepted.length === 0 || // what is held beyond the fork is another branch, or about to be cut off: nothing of it is in this certificate
      seal === undefined ||
      certificate === undefined ||
      size <= seal.proof.seq ||
      size <= certifiedSize(state, origin)
    )
      continue;
    const epoch = certificateEpoch(certificate);
    if (isRecent(state, epoch)) {
      state.certification.sizes.set(origin, size);
      certified.push({ origin, size });
    }
    emit(state, { kind: 'note', note: { name: 'entries_adopted', origin, to: size } });
    if (size !== certificate.checkpoint.size) continue;
    seal.certificate = { checkpoint: certificate.checkpoint, votes: certificate.votes };
    seal.renewed = epoch;
    openRenewal(state, origin);
    seals.push(recordOf(seal));
  }
  return { seals, certified };
}

/** Scars among admitted entries: each seals the feed it accuses; `commit` wrote the seal with it. */
export function takeScars(state: NodeState, admissions: readonly Admission[]): void {
  for (const { fork } of admissions.flatMap(({ accepted }) => accepted)) {
    if (fork === undefined) continue;
    sealFeed(state, fork, true);
    const seal = state.seals.get(fork.origin);
    if (seal !== undefined) seal.scarred = true;
  }
}
