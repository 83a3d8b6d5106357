/** Bodies of GOVERNANCE entries: their schema, by action and kind, and their typed form. */
import { BinaryReader } from '../binary.ts';
import { fromHex, toHex } from '../bytes.ts';
import { canonicalize, type JsonObject, type JsonValue, parseCanonical } from '../entry/canonical-json.ts';
import { readEntry } from '../entry/codec.ts';
import { HASH_BYTES } from '../entry/header.ts';
import type { PlacedEntry } from '../events.ts';
import {
  DECISION_TEXT_LENGTH_MAX,
  DECISION_TITLE_LENGTH_MAX,
  GOVERNANCE_BALLOT_MAX,
  GOVERNANCE_EPOCH_MAX,
  ORGANISATION_LENGTH_MAX,
  POLICY_NAME_LENGTH_MAX,
  POLICY_VALUE_LENGTH_MAX,
  WITNESSES_COUNT_MAX,
} from '../limits.ts';
import { publicKeyOf } from '../peer-id.ts';
import { CHANGE_KINDS, type Change, type GovernanceBody, type GovernanceEntry } from './governance-types.ts';

export const GOVERNANCE_TYPE = 'GOVERNANCE';
const POLICY_NAME = /^[a-z][a-z0-9_.-]*$/;

type Check = (value: JsonValue) => boolean;
interface Members {
  readonly required: Readonly<Record<string, Check>>;
  readonly optional?: Readonly<Record<string, Check>>;
}

const PLACE = {
  action: isText(1, 16),
  epoch: isCount(0, GOVERNANCE_EPOCH_MAX),
  ballot: isCount(0, GOVERNANCE_BALLOT_MAX),
};
const THRESHOLD = isCount(1, WITNESSES_COUNT_MAX);
const PROPOSAL = { ...PLACE, kind: isText(1, 16) };
const VOTE: Members = {
  required: { ...PLACE, proposal: isHash, choice: (value) => value === 'yes' || value === 'no' },
};
const DECISION: Members = { required: { ...PLACE, proposal: isHash } };
const PROPOSALS: Readonly<Record<Change['kind'], Members>> = {
  admit: {
    required: { ...PROPOSAL, peer: isPeer, organisation: isText(0, ORGANISATION_LENGTH_MAX) },
    optional: { threshold: THRESHOLD },
  },
  remove: { required: { ...PROPOSAL, peer: isPeer }, optional: { threshold: THRESHOLD } },
  threshold: { required: { ...PROPOSAL, threshold: THRESHOLD } },
  policy: { required: { ...PROPOSAL, name: isPolicyName, value: isPolicyValue } },
  decision: {
    required: { ...PROPOSAL, title: isText(1, DECISION_TITLE_LENGTH_MAX), text: isText(0, DECISION_TEXT_LENGTH_MAX) },
  },
};

/** Says why a body may not stand in a GOVERNANCE entry; undefined when it may. Depends on the body alone. */
export function governanceRefusal(body: JsonObject): string | undefined {
  const members = membersFor(body);
  if (typeof members === 'string') return members;
  const { required, optional = {} } = members;
  for (const name of Object.keys(required)) {
    if (!Object.hasOwn(body, name)) return `GOVERNANCE lacks "${name}"`;
  }
  for (const [name, value] of Object.entries(body)) {
    const check = Object.hasOwn(required, name)
      ? required[name]
      : Object.hasOwn(optional, name)
        ? optional[name]
        : undefined;
    if (check === undefined) return `GOVERNANCE has no member "${name}" here`;
    if (!check(value)) return `"${name}" of GOVERNANCE has a wrong value`;
  }
  return undefined;
}

/** Reads a body; undefined when it breaks the schema. */
export function readGovernanceBody(body: JsonObject): GovernanceBody | undefined {
  if (governanceRefusal(body) !== undefined) return undefined;
  const { action, epoch, ballot, proposal, choice } = body;
  if (typeof epoch !== 'number' || typeof ballot !== 'number') return undefined;
  if (action === 'proposal') {
    const change = readChange(body);
    return change === undefined ? undefined : { action, epoch, ballot, change };
  }
  if (typeof proposal !== 'string') return undefined;
  if (action === 'decision') return { action, epoch, ballot, proposal };
  return action === 'vote' && (choice === 'yes' || choice === 'no')
    ? { action, epoch, ballot, proposal, choice }
    : undefined;
}

/** The governance entry in a stored entry; undefined when it is one of another type, or its body is gone. */
export function governanceEntryOf({ origin, log, seq, hash, bytes }: PlacedEntry): GovernanceEntry | undefined {
  const { type, body: bodyBytes } = readEntry(new BinaryReader(bytes));
  if (type !== GOVERNANCE_TYPE || log !== 'ledger') return undefined;
  const json = parseCanonical(bodyBytes);
  const body = typeof json === 'string' ? undefined : readGovernanceBody(json);
  return body === undefined ? undefined : { origin, seq, hash: toHex(hash), body };
}

function membersFor({ action, kind }: JsonObject): Members | string {
  if (action === 'vote') return VOTE;
  if (action === 'decision') return DECISION;
  if (action !== 'proposal') return '"action" of GOVERNANCE must be "proposal", "vote" or "decision"';
  const known = CHANGE_KINDS.find((each) => each === kind);
  return known === undefined ? `"kind" of a proposal must be one of ${CHANGE_KINDS.join(', ')}` : PROPOSALS[known];
}

function readChange({ kind, peer, organisation, threshold, name, value, title }: JsonObject): Change | undefined {
  const named = typeof threshold === 'number' ? { threshold } : {};
  if (kind === 'admit' && typeof peer === 'string' && typeof organisation === 'string')
    return { kind, peer, organisation, ...named };
  if (kind === 'remove' && typeof peer === 'string') return { kind, peer, ...named };
  if (kind === 'threshold' && typeof threshold === 'number') return { kind, threshold };
  if (kind === 'policy' && typeof name === 'string' && value !== undefined) return { kind, name, value };
  if (kind === 'decision' && typeof title === 'string') return { kind, title };
  return undefined;
}

function isCount(min: number, max: number): Check {
  return (value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

function isText(lengthMin: number, lengthMax: number): Check {
  return (value) => typeof value === 'string' && value.length >= lengthMin && value.length <= lengthMax;
}

function isHash(value: JsonValue): boolean {
  return typeof value === 'string' && fromHex(value, HASH_BYTES) !== undefined;
}

function isPeer(value: JsonValue): boolean {
  return typeof value === 'string' && publicKeyOf(value) !== undefined;
}

function isPolicyName(value: JsonValue): boolean {
  return typeof value === 'string' && value.length <= POLICY_NAME_LENGTH_MAX && POLICY_NAME.test(value);
}

/** Any JSON whose canonical text is short. The body around it is canonical already, so that its depth is bounded. */
function isPolicyValue(value: JsonValue): boolean {
  return canonicalize(value).length <= POLICY_VALUE_LENGTH_MAX;
}
