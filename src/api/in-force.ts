/** What this node refuses to write into governance, whichever way it is asked to. What others wrote is taken as it stands. */
import { TessraxError } from '../core/errors.ts';
import type { Draft } from '../core/events.ts';
import { GOVERNANCE_TYPE, readGovernanceBody } from '../core/federation/governance-body.ts';
import { aheadRefusal } from '../core/federation/governance-state.ts';
import type { Change, Choice, GovernanceState } from '../core/federation/governance-types.ts';

/** Certification counts the witnesses and the threshold of the federation file: a change of them would be decided and not happen. */
const IN_FORCE: ReadonlySet<Change['kind']> = new Set<Change['kind']>(['policy', 'decision']);

/** Throws `not_in_force` for a change that this version does not carry out. */
export function assertInForce({ kind }: Change): void {
  if (IN_FORCE.has(kind)) return;
  throw new TessraxError('not_in_force', `witnesses and threshold are those of the federation file: no "${kind}"`, {
    remedy: 'policy and decision proposals work; changes of witnesses come with a later version',
    fields: { kind },
  });
}

/** Throws `not_in_force` for a yes to such a change. */
export function assertVoteInForce({ proposals }: GovernanceState, proposal: string, choice: Choice): void {
  const standing = proposals.find(({ hash }) => hash === proposal);
  if (choice === 'yes' && standing !== undefined) assertInForce(standing.change);
}

/** Looks at drafts that did not come through the routes of governance. Throws `not_in_force`, `ballot_not_open`. */
export function assertGovernanceDrafts(drafts: readonly Draft[], governance: () => GovernanceState): void {
  const bodies = drafts
    .filter(({ type }) => type === GOVERNANCE_TYPE)
    .flatMap(({ body }) => readGovernanceBody(body) ?? []); // what breaks the schema is refused as any entry is
  if (bodies.length === 0) return;
  const state = governance();
  for (const body of bodies) {
    if (body.action === 'proposal') assertInForce(body.change);
    if (body.action === 'vote') assertVoteInForce(state, body.proposal, body.choice);
    const refusal = aheadRefusal(body, state);
    if (refusal === undefined) continue;
    throw new TessraxError('ballot_not_open', `${refusal}; this entry would take this node's votes before it away`, {
      remedy: 'propose and vote with tessrax governance: it names epoch and ballot',
      fields: { epoch: state.epoch, ballot: state.ballot },
    });
  }
}
