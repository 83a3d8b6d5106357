/** The state of governance, for people. */
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { numberIn, objectIn, objectsIn, textIn, textsIn } from './answers.ts';
import { counted } from './output.ts';
import { type Column, listLines, tableLines } from './table.ts';

const PROPOSALS: readonly Column[] = [
  { title: 'PROPOSAL' },
  { title: 'YES', align: 'right' },
  { title: 'NO', align: 'right' },
  { title: 'WHAT', widthMin: 20 },
  { title: 'STATE', widthMin: 10 },
];
const HISTORY: readonly Column[] = [
  { title: 'EPOCH', align: 'right' },
  { title: 'VOTES', align: 'right' },
  { title: 'WHAT', widthMin: 20 },
  { title: 'PROPOSAL', widthMin: 12 },
];

export function governanceLines(state: JsonObject, width: number): string[] {
  const proposals = objectsIn(state, 'proposals');
  const history = objectsIn(state, 'history');
  return [
    ...headLines(state),
    '',
    ...ballotLines(state),
    ...(proposals.length === 0 ? ['no open proposals'] : tableLines(PROPOSALS, proposals.map(proposalRow), width)),
    ...(history.length === 0 ? [] : ['', ...tableLines(HISTORY, history.map(historyRow).reverse(), width)]),
  ];
}

function headLines(state: JsonObject): string[] {
  const witnesses = objectsIn(state, 'witnesses').map(
    (witness) => `${textIn(witness, 'peer')}  ${textIn(witness, 'organisation')}`,
  );
  const policies = objectsIn(state, 'policies').map(
    (policy) => `${textIn(policy, 'name')} = ${JSON.stringify(policy['value'])}`,
  );
  const needed = numberIn(state, 'needed');
  return listLines([
    ['epoch', epochText(numberIn(state, 'epoch'), numberIn(state, 'elected_in'))],
    [
      'threshold',
      `${numberIn(state, 'threshold')} of ${counted(witnesses.length, 'witness', 'witnesses')} certify; ${counted(needed, 'vote decides', 'votes decide')}`,
    ],
    ...witnesses.map((line, i): [string, string] => [i === 0 ? 'witnesses' : '', line]),
    ...policies.map((line, i): [string, string] => [i === 0 ? 'policies' : '', line]),
  ]);
}

/** The epoch in force, and since when its witnesses and threshold have been what they are. */
function epochText(epoch: number, electedIn: number): string {
  if (electedIn === 0) return `${epoch}, with witnesses and threshold of the federation file`;
  return electedIn === epoch ? `${epoch}` : `${epoch}, with witnesses and threshold since epoch ${electedIn}`;
}

/** Who has still to vote, ballot by ballot; or to declare what was adopted. */
function ballotLines(state: JsonObject): string[] {
  if (state['adopted'] !== null) {
    const adopted = objectIn(state, 'adopted');
    return [
      `proposal ${textIn(adopted, 'proposal')} is adopted; the epoch ends when ${numberIn(state, 'needed')} witnesses have declared it, ` +
        `as their nodes do by themselves: ${numberIn(adopted, 'declared')} have`,
    ];
  }
  return objectsIn(state, 'ballots').map((ballot) => {
    const remaining = textsIn(ballot, 'remaining').length;
    const only = ballot['only'] === null ? '' : `, for proposal ${textIn(ballot, 'only')} alone`;
    return `ballot ${numberIn(ballot, 'ballot')} is open${only}: ${counted(remaining, 'witness', 'witnesses')} may still vote`;
  });
}

function proposalRow(proposal: JsonObject): string[] {
  const refusal = proposal['refusal'];
  const ownBallot = proposal['own_ballot'];
  const state =
    typeof refusal === 'string'
      ? `cannot be adopted: ${refusal}`
      : typeof ownBallot === 'number'
        ? 'this node may vote'
        : 'open';
  return [
    textIn(proposal, 'hash'),
    String(numberIn(proposal, 'yes')),
    String(numberIn(proposal, 'no')),
    whatText(proposal),
    state,
  ];
}

function historyRow(outcome: JsonObject): string[] {
  const proposal = objectIn(outcome, 'proposal');
  return [
    String(numberIn(outcome, 'epoch')),
    String(objectsIn(outcome, 'votes').length),
    whatText(proposal),
    textIn(proposal, 'hash'),
  ];
}

function whatText(proposal: JsonObject): string {
  const { organisation, threshold } = proposal;
  const named = typeof threshold === 'number' ? `, threshold ${threshold}` : '';
  switch (textIn(proposal, 'kind')) {
    case 'admit':
      return `admit ${textIn(proposal, 'peer')}${organisation === '' ? '' : ` (${textIn(proposal, 'organisation')})`}${named}`;
    case 'remove':
      return `remove ${textIn(proposal, 'peer')}${named}`;
    case 'threshold':
      return `threshold ${numberIn(proposal, 'threshold')}`;
    case 'policy':
      return `policy ${textIn(proposal, 'name')} = ${JSON.stringify(proposal['value'])}`;
    default:
      return `decision: ${textIn(proposal, 'title')}`;
  }
}
