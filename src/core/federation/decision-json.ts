/** Decisions inside a certificate, a proof or an export: flat entries, as people read them. From them, in order, follow the witnesses of later epochs. */
import type { JsonObject, JsonValue } from '../entry/canonical-json.ts';
import { encodeEntry } from '../entry/codec.ts';
import { examineFlat } from '../entry/examine-flat.ts';
import { fromFlat } from '../entry/flat.ts';
import { isObject } from '../entry/types.ts';
import { TessraxError } from '../errors.ts';
import type { SignatureJob } from '../events.ts';
import { GOVERNANCE_EPOCH_MAX, WITNESSES_COUNT_MAX } from '../limits.ts';
import { judgeDecision } from './decision.ts';
import type { EpochChain } from './epoch-chain.ts';
import { governanceEntryOf } from './governance-body.ts';
import type { GovernanceEntry } from './governance-types.ts';

/** A proposal and the declarations that it was adopted, each a flat entry. */
export interface FlatDecision {
  readonly proposal: JsonObject;
  readonly declarations: readonly JsonObject[];
}

export function flatDecisionJson({ proposal, declarations }: FlatDecision): JsonObject {
  return { proposal, declarations };
}

/** Reads a list of decisions. Throws `certificate_malformed`. */
export function readFlatDecisions(json: JsonValue): FlatDecision[] {
  if (!Array.isArray(json) || json.length > GOVERNANCE_EPOCH_MAX) throw malformed('decisions', 'must list decisions');
  return json.map((value: JsonValue, i) => {
    const member = `decisions[${i}]`;
    if (!isObject(value)) throw malformed(member, 'must be an object');
    const { proposal, declarations } = value;
    if (!isObject(proposal)) throw malformed(`${member}.proposal`, 'must be an entry');
    if (!Array.isArray(declarations) || declarations.length > WITNESSES_COUNT_MAX || !declarations.every(isObject))
      throw malformed(`${member}.declarations`, `must list at most ${WITNESSES_COUNT_MAX} entries`);
    return { proposal, declarations };
  });
}

/** Goes on along decisions, each judged by the epoch that the one before it made; names the signatures. Throws `decision_invalid`. */
export function followDecisions(chain: EpochChain, decisions: readonly FlatDecision[]): SignatureJob[] {
  const jobs: SignatureJob[] = [];
  for (const { proposal, declarations } of decisions) {
    const [proposed, ...declared] = [proposal, ...declarations].map((flat) => readFlatEntry(flat, chain.id));
    const ruling = judgeDecision(
      proposed?.entry,
      declared.map(({ entry }) => entry),
      chain,
    );
    for (const { jobs: own } of proposed === undefined ? declared : [proposed, ...declared]) jobs.push(...own);
    chain.end(ruling);
  }
  return jobs;
}

function readFlatEntry(
  flat: JsonObject,
  federation: string,
): { readonly entry: GovernanceEntry | undefined; readonly jobs: readonly SignatureJob[] } {
  const claim = fromFlat(flat);
  const jobs = examineFlat(claim);
  if (claim.federation !== federation)
    throw new TessraxError('decision_invalid', 'a decision does not hold: an entry is of another federation');
  return { entry: governanceEntryOf({ ...claim, bytes: encodeEntry(claim) }), jobs };
}

function malformed(member: string, message: string): TessraxError {
  return new TessraxError('certificate_malformed', `certificate: ${member}: ${message}`, { fields: { member } });
}
