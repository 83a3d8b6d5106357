/**
 * What this node does not sign in governance, whoever asks: a second vote in a ballot, a vote where another proposal may still be
 * adopted, and a declaration of what its fold has not adopted, which is what makes a quorum's declarations a proof. What others
 * wrote is taken as it stands.
 */
import { isOfType } from '../entry/codec.ts';
import type { Candidate } from '../entry/examine.ts';
import { TessraxError } from '../errors.ts';
import { GOVERNANCE_TYPE, governanceEntryOf } from '../federation/governance-body.ts';
import { aheadRefusal, isAfter, signedWith, signingRefusal } from '../federation/governance-state.ts';
import type { NodeState } from './state.ts';

/** Throws `ballot_not_open`, `vote_closed`. Votes on their way to the disk count. */
export function checkBallots({ governing }: NodeState, entries: readonly Candidate[]): void {
  const bodies = entries.flatMap((entry) =>
    isOfType(entry.bytes, GOVERNANCE_TYPE) ? (governanceEntryOf(entry)?.body ?? []) : [],
  );
  if (bodies.length === 0) return;
  const state = governing.fold.state();
  let last = governing.signed.vote;
  for (const body of bodies) {
    const refusal = aheadRefusal(body, state) ?? signingRefusal(body, state);
    if (refusal !== undefined)
      throw new TessraxError('ballot_not_open', refusal, {
        remedy:
          'tessrax governance show says what is open; propose and vote with tessrax governance: it names epoch and ballot',
        fields: { epoch: state.epoch, ballot: state.ballot },
      });
    if (body.action !== 'vote') continue;
    if (!isAfter(body, last))
      throw new TessraxError('vote_closed', 'this node has signed a vote in this ballot, or a later one, already', {
        remedy: 'the next ballot opens when this one is settled: tessrax governance show',
        fields: { epoch: state.epoch, ballot: state.ballot },
      });
    last = body;
  }
}

/** What is signed counts from then on; also what comes back from others after a disk was lost. */
export function noteSigned({ governing, self }: NodeState, stored: readonly Candidate[]): void {
  for (const entry of stored) {
    if (entry.origin === self && entry.log === 'ledger' && isOfType(entry.bytes, GOVERNANCE_TYPE))
      governing.signed = signedWith(governing.signed, entry);
  }
}
