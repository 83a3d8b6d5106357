import { deepEqual, equal, match } from 'node:assert/strict';
import type { FastifyInstance } from 'fastify';
import { PROPOSALS_PER_WRITER_MAX } from '../../../src/core/limits.ts';
import { ALICE, BOB, CAROL, MALLORY, type TestKey, testKey } from '../core/fixtures.ts';
import { SharedLedger } from './governance-node.ts';

const ZOE = testKey(26);
const NOTE = { kind: 'decision', title: 'Mondays', text: 'We meet on Mondays.' };
const ADMIT = { kind: 'admit', peer: ZOE.peer, organisation: 'Zeta' };
const POLICY = { kind: 'policy', name: 'retention', value: { days: 30 } };

describe('governance over HTTP', () => {
  let ledger: SharedLedger;
  let apis: Map<TestKey, FastifyInstance>;
  beforeEach(() => {
    ledger = new SharedLedger();
    apis = new Map([ALICE, BOB, CAROL, MALLORY].map((key) => [key, ledger.api(key)]));
  });
  afterEach(() => Promise.all([...apis.values()].map((api) => api.close())));

  async function call(key: TestKey, method: 'GET' | 'POST', url: string, payload?: object) {
    const api = apis.get(key);
    if (api === undefined) throw new Error('no such member');
    const { statusCode, body } = await api.inject(payload === undefined ? { method, url } : { method, url, payload });
    return { status: statusCode, json: JSON.parse(body) };
  }
  const propose = (key: TestKey, change: object) => call(key, 'POST', '/v1/governance/proposals', change);
  const vote = (key: TestKey, proposal: string, choice = 'yes') =>
    call(key, 'POST', '/v1/governance/votes', { proposal, choice });
  const show = async (key: TestKey, query = '') => (await call(key, 'GET', `/v1/governance${query}`)).json;

  it('says how a new federation stands', async () => {
    const { epoch, ballot, threshold, needed, witnesses, proposals, history, ballots } = await show(ALICE);
    deepEqual(
      { epoch, ballot, threshold, needed, proposals, history },
      { epoch: 0, ballot: 0, threshold: 3, needed: 3, proposals: [], history: [] },
    );
    deepEqual(
      new Set(witnesses.map(({ organisation }: { organisation: string }) => organisation)),
      new Set(['Alpha', 'Beta', 'Gamma']),
    );
    equal(ballots[0].remaining.length, 3);
  });

  it('carries a proposal from anybody through the votes of all witnesses into the next epoch', async () => {
    const { status, json } = await propose(MALLORY, POLICY);
    equal(status, 201);
    deepEqual([json.origin, json.epoch, json.ballot, json.action], [MALLORY.peer, 0, 0, 'proposal']);
    for (const [i, key] of [ALICE, BOB, CAROL].entries()) {
      const [before] = (await show(key)).proposals;
      deepEqual(
        [before.hash, before.kind, before.yes, before.refusal, before.own_ballot],
        [json.hash, 'policy', i, null, 0],
      );
      const cast = await vote(key, json.hash);
      deepEqual([cast.status, cast.json.ballot, cast.json.choice], [201, 0, 'yes']);
    }
    const { epoch, policies, history, proposals } = await show(ALICE);
    deepEqual([epoch, policies, proposals], [1, [{ name: 'retention', value: { days: 30 }, since: 1 }], []]);
    deepEqual(
      [history[0].proposal.hash, history[0].votes.length, history[0].witness_count, history[0].threshold],
      [json.hash, 3, 3, 3],
    );
  });

  it('shows what was adopted until enough witnesses have declared it', async () => {
    const { json } = await propose(ALICE, POLICY);
    ledger.certified.set(CAROL.peer, 1); // her declaration is not final yet
    for (const key of [ALICE, BOB, CAROL]) await vote(key, json.hash);
    const { epoch, adopted } = await show(BOB);
    deepEqual([epoch, adopted], [0, { proposal: json.hash, ballot: 0, declared: 2 }]);
    ledger.certified.delete(CAROL.peer);
    const after = await show(BOB);
    deepEqual([after.epoch, after.adopted], [1, null]);
  });

  it('puts a second vote into the ballot where it counts, and refuses it where there is none', async () => {
    const { json } = await propose(ALICE, NOTE);
    await vote(ALICE, json.hash, 'no');
    const { status, json: cast } = await vote(ALICE, json.hash);
    deepEqual([status, cast.ballot], [201, 1]);
    const again = await vote(BOB, json.hash);
    deepEqual([again.status, again.json.ballot], [201, 1]);
    const refused = await vote(BOB, json.hash);
    deepEqual([refused.status, refused.json.code], [409, 'vote_repeated']);
    const repeated = await call(BOB, 'POST', '/v1/governance/votes', {
      proposal: json.hash,
      choice: 'yes',
      again: true,
    });
    deepEqual([repeated.status, repeated.json.ballot], [201, 2]);
    const other = await propose(CAROL, POLICY);
    equal(other.json.ballot, 1, 'where Carol may still vote');
    deepEqual((await vote(BOB, other.json.hash)).json.code, 'vote_closed');
  });

  it('appends nothing twice while it waits to become final: the answer names the entry that is there', async () => {
    ledger.certified.set(ALICE.peer, 0);
    const [first, second] = await Promise.all([propose(ALICE, NOTE), propose(ALICE, NOTE)]);
    deepEqual([first.status, second.status, second.json.existing], [201, 200, true]);
    deepEqual([second.json.hash, second.json.seq], [first.json.hash, 0]);
    deepEqual((await propose(ALICE, POLICY)).json.seq, 1);

    ledger.certified.set(ALICE.peer, 1);
    const cast = await vote(ALICE, first.json.hash);
    const repeated = await vote(ALICE, first.json.hash);
    deepEqual([cast.status, cast.json.seq, cast.json.existing], [201, 2, undefined]);
    deepEqual([repeated.status, repeated.json.seq, repeated.json.existing], [200, 2, true]);
    equal(repeated.json.hash, cast.json.hash);
  });

  it('gives the newest of what is over, and pages back', async () => {
    for (const title of ['one', 'two', 'three']) {
      const { json } = await propose(ALICE, { ...NOTE, title });
      for (const key of [ALICE, BOB, CAROL]) await vote(key, json.hash);
    }
    const titles = async (query: string) =>
      (await show(BOB, query)).history.map(({ proposal }: { proposal: { title: string } }) => proposal.title);
    deepEqual(await titles(''), ['one', 'two', 'three']);
    deepEqual(await titles('?limit=2'), ['two', 'three']);
    deepEqual(await titles('?limit=2&before=1'), ['one']);
    deepEqual(await titles('?limit=0'), []);
    for (const query of ['?limit=-1', '?limit=1001', '?limit=x', '?before=', '?before=-1', '?before=0.5']) {
      equal((await call(BOB, 'GET', `/v1/governance${query}`)).status, 400, query);
    }
  });

  for (const [what, body, expected, code] of [
    ['nothing', [], 400, 'bad_request'],
    ['an unknown kind', { kind: 'rename' }, 400, 'bad_request'],
    ['a member too few', { kind: 'policy', name: 'retention' }, 400, 'bad_request'],
    ['a member too many', { ...NOTE, note: 1 }, 400, 'bad_request'],
    ['an epoch of its own', { ...NOTE, epoch: 7 }, 400, 'bad_request'],
    ['an action of its own', { ...NOTE, action: 'vote' }, 400, 'bad_request'],
    ['to take back a policy there is not', { ...POLICY, value: null }, 409, 'proposal_refused'],
    ['a witness that is one', { ...ADMIT, peer: BOB.peer }, 409, 'proposal_refused'],
    ['to remove who is none', { kind: 'remove', peer: MALLORY.peer }, 409, 'proposal_refused'],
    ['a threshold at which quorums need not meet', { kind: 'threshold', threshold: 1 }, 409, 'proposal_refused'],
  ] as const) {
    it(`refuses to propose ${what}`, async () => {
      const { status, json } = await propose(ALICE, body);
      deepEqual([status, json.code], [expected, code]);
      equal((await show(ALICE)).proposals.length, 0);
    });
  }

  it('refuses proposals that would not count', async () => {
    for (let i = 0; i < PROPOSALS_PER_WRITER_MAX; i++)
      equal((await propose(MALLORY, { ...NOTE, title: `note ${i}` })).status, 201);
    const { status, json } = await propose(MALLORY, NOTE);
    deepEqual([status, json.code], [409, 'proposals_used_up']);
  });

  it('puts other witnesses in force, and says since when', async () => {
    const { json } = await propose(ALICE, ADMIT);
    for (const key of [ALICE, BOB, CAROL]) equal((await vote(key, json.hash)).status, 201);
    const { epoch, elected_in, witnesses, threshold } = await show(ALICE);
    deepEqual([epoch, elected_in, witnesses.length, threshold], [1, 1, 4, 3]);
    const note = await propose(BOB, NOTE);
    for (const key of [ALICE, BOB, CAROL]) await vote(key, note.json.hash);
    const after = await show(ALICE);
    deepEqual([after.epoch, after.elected_in], [2, 1]);
  });

  it('refuses votes that would not count', async () => {
    const { json } = await propose(ALICE, NOTE);
    deepEqual(
      [await vote(MALLORY, json.hash), await vote(ALICE, 'ab'.repeat(32))].map((each) => [each.status, each.json.code]),
      [
        [403, 'not_a_witness'],
        [404, 'not_found'],
      ],
    );
    for (const body of [
      [],
      {},
      { proposal: json.hash },
      { proposal: json.hash, choice: 'maybe' },
      { proposal: 1, choice: 'yes' },
    ]) {
      equal((await call(ALICE, 'POST', '/v1/governance/votes', body)).status, 400);
    }
    equal((await show(ALICE)).proposals[0].yes, 0);
    match((await vote(ALICE, 'ab'.repeat(32))).json.detail, /is not here/);
  });
});
