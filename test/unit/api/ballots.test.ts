import { deepEqual, equal } from 'node:assert/strict';
import { testKey } from '../core/fixtures.ts';
import { ApiRig } from '../node-rig.ts';

const PLACE = { type: 'GOVERNANCE', epoch: 0, ballot: 0 };
const POLICY = { ...PLACE, action: 'proposal', kind: 'policy', name: 'retention', value: 30 };
const ADMIT = { ...PLACE, action: 'proposal', kind: 'admit', peer: testKey(9).peer, organisation: '' };
const VOTE = { ...PLACE, action: 'vote', proposal: 'ab'.repeat(32), choice: 'yes' };

describe('api: governance as ordinary entries of a running node', () => {
  let api: ApiRig;
  before(async () => {
    api = await ApiRig.start();
  });
  after(() => api.stop());

  for (const [what, body, code] of [
    ['a proposal for a later epoch', { ...POLICY, epoch: 1 }, 'ballot_not_open'],
    ['a vote in a later ballot', { ...VOTE, ballot: 1 }, 'ballot_not_open'],
  ] as const) {
    it(`refuses ${what}, and the whole of an array with it`, async () => {
      const { height } = api.node.handle.status();
      for (const request of [body, [{ payload: {} }, body]]) {
        const { status, json } = await api.post('/v1/receipts', request);
        deepEqual([status, json['code']], [409, code]);
      }
      equal(api.node.handle.status().height, height);
    });
  }

  it('takes what belongs where governance stands', async () => {
    for (const body of [POLICY, ADMIT, VOTE]) equal((await api.post('/v1/receipts', body)).status, 201);
  });

  it('signs one vote in a ballot, whatever it is for, also while the first is not final', async () => {
    for (const body of [VOTE, { ...VOTE, choice: 'no' }, { ...VOTE, proposal: 'cd'.repeat(32) }]) {
      const { status, json } = await api.post('/v1/receipts', body);
      deepEqual([status, json['code']], [409, 'vote_closed']);
    }
  });

  it('leaves a body that is none to the rules of entries', async () => {
    const { status, json } = await api.post('/v1/receipts', { ...VOTE, choice: 'maybe' });
    deepEqual([status, json['code']], [400, 'schema_violation']);
  });

  it('serves the state and takes proposals', async () => {
    const state = await api.get('/v1/governance');
    deepEqual([state.status, state.json['epoch'], state.json['threshold']], [200, 0, 3]);
    const { type: _, action, epoch, ballot, ...change } = POLICY;
    const { status, json } = await api.post('/v1/governance/proposals', { ...change, name: 'another' });
    deepEqual([status, json['action'], json['epoch'], json['ballot']], [201, action, epoch, ballot]);
  });
});
