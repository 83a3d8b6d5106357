/** A scar of our own for each feed that was found to fork, unless our ledger holds one already. */
import { sha256 } from '#sha256';
import { toHex } from '../bytes.ts';
import { canonicalize } from '../entry/canonical-json.ts';
import type { Draft } from '../events.ts';
import { EQUIVOCATION, type ForkProof, forkPayload } from '../ledger/fork.ts';
import { isRevocation } from '../ledger/seal-reason.ts';
import { SCAR_WAIT_MS } from '../limits.ts';
import { append } from './append.ts';
import type { NodeState } from './state.ts';

/** The request number of what the node appends by itself: nobody waits for a reply. */
export const NOBODY = 0;

/** Records what is sealed and not recorded. Where this node may not write, the others that find it do. */
export function recordScars(state: NodeState): void {
  if (!state.rejoin.open) return;
  for (const [origin, seal] of state.seals) {
    if (isRevocation(seal.proof)) continue; // its statements are on the ledger already
    if (seal.scarred || !seal.settled || origin === state.self || state.seals.has(state.self)) continue;
    // Who was shown the proof leaves it to the finder; but that may be the culprit itself, or one that may not write.
    if (!seal.found && state.now.monoMs < seal.sealedMs + SCAR_WAIT_MS) continue;
    if (state.epochs.writerRefusal(state.self, state.ledger.size(state.self)) !== undefined) continue;
    append(state, { request: NOBODY, drafts: [scarDraft(seal.proof, state.federation.id)] });
  }
}

function scarDraft(proof: ForkProof, federation: string): Draft {
  const payload = forkPayload(proof, federation);
  return {
    type: 'SCAR',
    body: {
      id: `${EQUIVOCATION}/${proof.origin}/${proof.seq}`,
      origin_event: `ledger/${proof.origin}/${proof.seq}`,
      resolution: 'quarantine',
      summary: `${proof.origin} signed two entries for place ${proof.seq} of its ledger`,
      author: 'engine',
      verdict_hash: toHex(sha256(canonicalize(payload))),
      reviewers: [],
      payload,
    },
  };
}
