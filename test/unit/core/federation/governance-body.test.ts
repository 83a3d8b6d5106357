/** What a GOVERNANCE entry may say, and its typed form. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import fc from 'fast-check';
import type { JsonObject } from '../../../../src/core/entry/canonical-json.ts';
import { bodyRefusal, examineRun } from '../../../../src/core/entry/examine.ts';
import {
  governanceEntryOf,
  governanceRefusal,
  readGovernanceBody,
} from '../../../../src/core/federation/governance-body.ts';
import {
  DECISION_TEXT_LENGTH_MAX,
  DECISION_TITLE_LENGTH_MAX,
  GOVERNANCE_BALLOT_MAX,
  GOVERNANCE_EPOCH_MAX,
  ORGANISATION_LENGTH_MAX,
  POLICY_NAME_LENGTH_MAX,
  POLICY_VALUE_LENGTH_MAX,
  WITNESSES_COUNT_MAX,
} from '../../../../src/core/limits.ts';
import { ALICE, chain, FEDERATION, receipt, runOfEntries } from '../fixtures.ts';
import { peer } from './governance-world.ts';

const HASH = '0123456789abcdef'.repeat(4);
const PLACE = { epoch: 1, ballot: 2 };
const VOTE: JsonObject = { action: 'vote', ...PLACE, proposal: HASH, choice: 'yes' };
const DECISION: JsonObject = { action: 'decision', ...PLACE, proposal: HASH };
const PROPOSAL: JsonObject = { action: 'proposal', ...PLACE };
const ADMIT: JsonObject = { ...PROPOSAL, kind: 'admit', peer: peer(9), organisation: 'Zeta' };
const REMOVE: JsonObject = { ...PROPOSAL, kind: 'remove', peer: peer(9) };
const THRESHOLD: JsonObject = { ...PROPOSAL, kind: 'threshold', threshold: 3 };
const POLICY: JsonObject = { ...PROPOSAL, kind: 'policy', name: 'retention.days', value: { days: 30 } };
const NOTE: JsonObject = { ...PROPOSAL, kind: 'decision', title: 'Mondays', text: 'We meet on Mondays.' };

const READ: readonly (readonly [string, JsonObject, object])[] = [
  ['a vote', VOTE, VOTE],
  ['a vote against', { ...VOTE, choice: 'no' }, { ...VOTE, choice: 'no' }],
  ['a record of a decision', DECISION, DECISION],
  ['an admission', ADMIT, { ...PROPOSAL, change: { kind: 'admit', peer: peer(9), organisation: 'Zeta' } }],
  [
    'an admission with a threshold',
    { ...ADMIT, threshold: 4 },
    { ...PROPOSAL, change: { kind: 'admit', peer: peer(9), organisation: 'Zeta', threshold: 4 } },
  ],
  [
    'an admission without organisation',
    { ...ADMIT, organisation: '' },
    { ...PROPOSAL, change: { kind: 'admit', peer: peer(9), organisation: '' } },
  ],
  ['a removal', REMOVE, { ...PROPOSAL, change: { kind: 'remove', peer: peer(9) } }],
  ['a threshold', THRESHOLD, { ...PROPOSAL, change: { kind: 'threshold', threshold: 3 } }],
  ['a policy', POLICY, { ...PROPOSAL, change: { kind: 'policy', name: 'retention.days', value: { days: 30 } } }],
  [
    'a policy taken back',
    { ...POLICY, value: null },
    { ...PROPOSAL, change: { kind: 'policy', name: 'retention.days', value: null } },
  ],
  [
    'a free-form decision, whose text stays in the entry',
    NOTE,
    { ...PROPOSAL, change: { kind: 'decision', title: 'Mondays' } },
  ],
  [
    'a free-form decision without text',
    { ...NOTE, text: '' },
    { ...PROPOSAL, change: { kind: 'decision', title: 'Mondays' } },
  ],
  [
    'the last place there is',
    { ...VOTE, epoch: GOVERNANCE_EPOCH_MAX, ballot: GOVERNANCE_BALLOT_MAX },
    { ...VOTE, epoch: GOVERNANCE_EPOCH_MAX, ballot: GOVERNANCE_BALLOT_MAX },
  ],
];

function without(body: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([member]) => member !== name));
}

function missing(what: string, body: JsonObject, names: readonly string[]): (readonly [string, JsonObject])[] {
  return names.map((name) => [`${what} without "${name}"`, without(body, name)]);
}

const REFUSED: readonly (readonly [string, JsonObject])[] = [
  ['nothing', {}],
  ['an unknown action', { ...VOTE, action: 'veto' }],
  ['an action of another kind', { ...VOTE, action: 1 }],
  ['an unknown kind of proposal', { ...PROPOSAL, kind: 'rename', name: 'x' }],
  ['a kind that objects have', { ...PROPOSAL, kind: 'constructor' }],
  ['a proposal without kind', PROPOSAL],
  ...missing('a vote', VOTE, ['epoch', 'ballot', 'proposal', 'choice']),
  ...missing('a record', DECISION, ['epoch', 'ballot', 'proposal']),
  ...missing('an admission', ADMIT, ['epoch', 'ballot', 'peer', 'organisation']),
  ...missing('a removal', REMOVE, ['epoch', 'ballot', 'peer']),
  ...missing('a threshold', THRESHOLD, ['epoch', 'ballot', 'threshold']),
  ...missing('a policy', POLICY, ['epoch', 'ballot', 'name', 'value']),
  ...missing('a decision', NOTE, ['epoch', 'ballot', 'title', 'text']),
  ...[VOTE, DECISION, ADMIT, REMOVE, THRESHOLD, POLICY, NOTE].map(
    (body) => [`${body['kind'] ?? body['action']} with a member more`, { ...body, note: 'x' }] as const,
  ),
  ['a vote with a kind', { ...VOTE, kind: 'admit' }],
  ['a removal with an organisation', { ...REMOVE, organisation: 'Zeta' }],
  ['a policy with a threshold', { ...POLICY, threshold: 3 }],
  ['a negative epoch', { ...VOTE, epoch: -1 }],
  ['half an epoch', { ...VOTE, epoch: 0.5 }],
  ['an epoch in text', { ...VOTE, epoch: '1' }],
  ['an epoch too far', { ...VOTE, epoch: GOVERNANCE_EPOCH_MAX + 1 }],
  ['a ballot too far', { ...VOTE, ballot: GOVERNANCE_BALLOT_MAX + 1 }],
  ['a choice there is not', { ...VOTE, choice: 'abstain' }],
  ['a choice in capitals', { ...VOTE, choice: 'YES' }],
  ['a hash too short', { ...VOTE, proposal: HASH.slice(2) }],
  ['a hash in capitals', { ...VOTE, proposal: HASH.toUpperCase() }],
  ['a hash with a line feed', { ...VOTE, proposal: `${HASH}\n` }],
  ['a peer that is none', { ...ADMIT, peer: 'zoe' }],
  ['an organisation with a name too long', { ...ADMIT, organisation: 'x'.repeat(ORGANISATION_LENGTH_MAX + 1) }],
  ['threshold 0', { ...THRESHOLD, threshold: 0 }],
  ['an admission with threshold 0', { ...ADMIT, threshold: 0 }],
  ['a threshold above all witnesses there can be', { ...THRESHOLD, threshold: WITNESSES_COUNT_MAX + 1 }],
  ['a policy without a name', { ...POLICY, name: '' }],
  ['a policy with a name too long', { ...POLICY, name: 'x'.repeat(POLICY_NAME_LENGTH_MAX + 1) }],
  ['a policy named in capitals', { ...POLICY, name: 'Retention' }],
  ['a policy named __proto__', { ...POLICY, name: '__proto__' }],
  ['a policy with a value too long', { ...POLICY, value: 'x'.repeat(POLICY_VALUE_LENGTH_MAX - 1) }],
  ['a decision without a title', { ...NOTE, title: '' }],
  ['a decision with a title too long', { ...NOTE, title: 'x'.repeat(DECISION_TITLE_LENGTH_MAX + 1) }],
  ['a decision with a text too long', { ...NOTE, text: 'x'.repeat(DECISION_TEXT_LENGTH_MAX + 1) }],
];

describe('GOVERNANCE bodies', () => {
  for (const [what, body, typed] of READ) {
    it(`read ${what}`, () => {
      equal(governanceRefusal(body), undefined);
      deepEqual(readGovernanceBody(body), typed);
    });
  }

  it('take as much as is allowed', () => {
    for (const body of [
      { ...POLICY, name: 'x'.repeat(POLICY_NAME_LENGTH_MAX), value: 'x'.repeat(POLICY_VALUE_LENGTH_MAX - 2) },
      { ...NOTE, title: 'x'.repeat(DECISION_TITLE_LENGTH_MAX), text: 'x'.repeat(DECISION_TEXT_LENGTH_MAX) },
      { ...ADMIT, organisation: 'x'.repeat(ORGANISATION_LENGTH_MAX), threshold: WITNESSES_COUNT_MAX },
    ]) {
      equal(governanceRefusal(body), undefined);
    }
  });

  for (const [what, body] of REFUSED) {
    it(`refuse ${what}`, () => {
      equal(typeof governanceRefusal(body), 'string');
      equal(readGovernanceBody(body), undefined);
      equal(typeof bodyRefusal('GOVERNANCE', 'ledger', body), 'string');
    });
  }

  it('belong in a ledger', () => {
    equal(bodyRefusal('GOVERNANCE', 'ledger', VOTE), undefined);
    match(bodyRefusal('GOVERNANCE', 'journal', VOTE) ?? '', /does not belong in a journal/);
  });

  it('of any JSON are refused or read, and never anything else', () => {
    const members = fc.constantFrom(...new Set(READ.flatMap(([, body]) => Object.keys(body))));
    const values = fc.oneof(fc.jsonValue(), fc.constantFrom(...READ.flatMap(([, body]) => Object.values(body))));
    fc.assert(
      fc.property(fc.constantFrom(...READ.map(([, body]) => body)), members, values, (body, name, value) => {
        const changed: JsonObject = JSON.parse(JSON.stringify({ ...body, [name]: value }));
        equal(readGovernanceBody(changed) === undefined, governanceRefusal(changed) !== undefined);
      }),
      { numRuns: 500 },
    );
  });
});

describe('GOVERNANCE entries', () => {
  it('come out of stored bytes as they went in; others are none', () => {
    const [vote, other] = chain(ALICE, [{ type: 'GOVERNANCE', body: VOTE }, receipt(1)]);
    if (vote === undefined || other === undefined) throw new Error('the chain is short');
    const hash = Buffer.from(vote.hash).toString('hex');
    deepEqual(governanceEntryOf(vote), { origin: ALICE.peer, seq: 0, hash, body: VOTE });
    equal(governanceEntryOf(other), undefined);
  });

  it('with a wrong body are not written, and not taken from others', () => {
    throws(() => chain(ALICE, [{ type: 'GOVERNANCE', body: { ...VOTE, choice: 'maybe' } }]), {
      code: 'schema_violation',
    });
    const good = chain(ALICE, [{ type: 'GOVERNANCE', body: VOTE }]);
    const run = runOfEntries(good);
    const body = new TextEncoder().encode(JSON.stringify({ action: 'vote' }));
    throws(() => examineRun({ ...run, entries: run.entries.map((entry) => ({ ...entry, body })) }, FEDERATION.id), {
      code: 'schema_violation',
    });
  });
});
