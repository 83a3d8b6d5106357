/** How the federation is governed now: witnesses, threshold, what is being voted on, what was decided. */
import type { JsonObject, JsonValue } from '../../src/core/entry/canonical-json.ts';
import { asList, asNumber, asObject, asText } from '../node/answers.ts';
import { nameOf, type Snapshot } from '../node/live.ts';
import { shortPeer } from '../node/standing.ts';
import { entryAddress } from '../parts/route.ts';
import { Empty, Hash, Panel, StandingMark } from '../parts/small.tsx';

export function GovernanceView({ snapshot }: { readonly snapshot: Snapshot }) {
  const state = asObject(snapshot.governance);
  return (
    <div class="governance">
      <Panel title="Constitution" aside={<span class="muted">federation file and what was adopted since</span>}>
        <dl class="fields is-wide">
          {(['epoch', 'ballot', 'threshold', 'needed'] as const).map((name) => (
            <div key={name}>
              <dt>{FIELD_TEXT[name]}</dt>
              <dd class="num">{asNumber(state[name])}</dd>
            </div>
          ))}
          <div>
            <dt>Federation ID</dt>
            <dd>
              <Hash value={snapshot.status?.federationId ?? ''} digits={24} />
            </dd>
          </div>
        </dl>
        <Policies policies={asList(state['policies'])} />
      </Panel>
      <Witnesses state={state} snapshot={snapshot} />
      <Proposals state={state} snapshot={snapshot} />
      <History state={state} snapshot={snapshot} />
    </div>
  );
}

const FIELD_TEXT = { epoch: 'Epoch', ballot: 'Ballot', threshold: 'Votes that certify', needed: 'Votes that adopt' };

interface PartProps {
  readonly state: JsonObject;
  readonly snapshot: Snapshot;
}

function Policies({ policies }: { readonly policies: readonly JsonValue[] }) {
  if (policies.length === 0) return <Empty>No policy was adopted.</Empty>;
  return (
    <dl class="fields is-wide">
      {policies.map((item) => {
        const policy = asObject(item);
        return (
          <div key={asText(policy['name'])}>
            <dt>{asText(policy['name'])}</dt>
            <dd class="mono">{JSON.stringify(policy['value'])}</dd>
          </div>
        );
      })}
    </dl>
  );
}

function Witnesses({ state, snapshot }: PartProps) {
  const witnesses = asList(state['witnesses']).map(asObject);
  return (
    <Panel title="Witnesses" aside={<span class="muted num">{witnesses.length}</span>}>
      <ul class="witnesses">
        {witnesses.map((witness) => {
          const peer = asText(witness['peer']);
          const standing = snapshot.members.find((member) => member.peer === peer)?.standing ?? 'gone';
          return (
            <li key={peer}>
              <StandingMark standing={standing} />
              <b>{asText(witness['organisation'])}</b>
              <span class="mono muted clip">{peer}</span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function Proposals({ state, snapshot }: PartProps) {
  const proposals = asList(state['proposals']).map(asObject);
  const needed = asNumber(state['needed']);
  const witnesses = asList(state['witnesses']).length;
  const adopted = asObject(state['adopted']);
  return (
    <Panel title="Open proposals" aside={<span class="muted num">{proposals.length}</span>}>
      {proposals.length === 0 && <Empty>Nothing is being voted on.</Empty>}
      <ul class="cards">
        {proposals.map((proposal) => {
          const yes = asNumber(proposal['yes']);
          const no = asNumber(proposal['no']);
          return (
            <li key={asText(proposal['hash'])} class="card">
              <a href={entryAddress(asText(proposal['hash']))}>
                <b>{changeText(proposal)}</b>
              </a>
              <p class="muted">by {nameOf(snapshot.members, asText(proposal['origin']))}</p>
              <meter min={0} max={Math.max(1, witnesses)} value={yes} aria-label={`${yes} of ${needed} votes needed`} />
              <p class="num">
                {yes} yes, {no} no, {needed} needed
              </p>
              {adopted['proposal'] === proposal['hash'] && (
                <p class="num">
                  Adopted; {asNumber(adopted['declared'])} of {needed} witnesses have declared it.
                </p>
              )}
              {typeof proposal['refusal'] === 'string' && <p class="text-differ">{proposal['refusal']}</p>}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function History({ state, snapshot }: PartProps) {
  const outcomes = asList(state['history']).map(asObject).reverse();
  return (
    <Panel title="Decided" aside={<span class="muted num">{outcomes.length}</span>}>
      {outcomes.length === 0 && <Empty>Epoch 0: nothing was decided yet.</Empty>}
      <ol class="cards">
        {outcomes.map((outcome) => {
          const proposal = asObject(outcome['proposal']);
          const votes = asList(outcome['votes']).map((vote) =>
            nameOf(snapshot.members, asText(asObject(vote)['witness'])),
          );
          return (
            <li key={asNumber(outcome['epoch'])} class="card">
              <span class="tag num">epoch {asNumber(outcome['epoch'])}</span>{' '}
              <a href={entryAddress(asText(proposal['hash']))}>
                <b>{changeText(proposal)}</b>
              </a>
              <p class="muted">for it: {votes.join(', ')}</p>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

function changeText(change: JsonObject): string {
  switch (change['kind']) {
    case 'admit':
      return `Admit ${asText(change['organisation'])} (${shortPeer(asText(change['peer']))})`;
    case 'remove':
      return `Remove ${shortPeer(asText(change['peer']))}`;
    case 'threshold':
      return `Threshold ${asNumber(change['threshold'])}`;
    case 'policy':
      return `Policy ${asText(change['name'])} = ${JSON.stringify(change['value'])}`;
    default:
      return asText(change['title']) || 'Proposal';
  }
}
