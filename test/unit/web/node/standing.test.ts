import { deepEqual, equal } from 'node:assert/strict';
import type { Peer, Status } from '../../../../web/node/answers.ts';
import { countStandings, type Member, membersOf, type Seen } from '../../../../web/node/standing.ts';

const STATUS: Status = {
  peerId: 'self',
  federationId: '',
  federationName: '',
  version: '',
  height: 10,
  certified: 10,
  root: 'aa',
  syncing: false,
  behind: 0,
  held: { entries: 0, feeds: 0, origin: '', untilMs: 0, aheadMs: 0 },
  receivedPerSecond: 0,
  unreachable: [],
  journalEntries: 0,
  startedMs: 0,
};

function peer(id: string, change: Partial<Peer> = {}): Peer {
  const base = { peer: id, connected: true, agent: '', lastSeenMs: 1, height: 10, root: 'aa', agrees: true };
  return { ...base, bannedUntilMs: 0, conduct: 'good', why: '', ...change };
}

function see(change: Partial<Seen>): Seen {
  return { status: STATUS, peers: [], feeds: [], witnesses: [], revocations: [], unsettled: new Set(), ...change };
}

function standingOf(members: readonly Member[], id: string): string | undefined {
  return members.find((member) => member.peer === id)?.standing;
}

describe('web: how members stand', () => {
  const cases: readonly (readonly [string, Partial<Peer>, string])[] = [
    ['the same root', {}, 'agree'],
    ['fewer entries', { agrees: false, height: 9, root: 'bb' }, 'behind'],
    ['no heartbeat yet', { agrees: false, height: 0, root: '' }, 'behind'],
    ['as many entries under another root', { agrees: false, root: 'bb' }, 'differ'],
    ['more entries', { agrees: false, height: 11, root: 'bb' }, 'differ'],
    ['no connection, whatever it said last', { connected: false }, 'gone'],
  ];
  for (const [what, change, expected] of cases) {
    it(`${what}: ${expected}`, () =>
      equal(standingOf(membersOf(see({ peers: [peer('other', change)] })), 'other'), expected));
  }

  it('a revocation in force stands above all else, one that is not is none', () => {
    const peers = [peer('a'), peer('b')];
    const revocations = [
      { target: 'a', signers: [], inForce: true },
      { target: 'b', signers: [], inForce: false },
    ];
    const members = membersOf(see({ peers, revocations }));
    deepEqual([standingOf(members, 'a'), standingOf(members, 'b')], ['revoked', 'agree']);
  });

  it('tells what fault was found with a peer, and nothing of one without', () => {
    const peers = [peer('a', { conduct: 'last', why: 'bad_signature' }), peer('b')];
    const members = membersOf(see({ peers }));
    deepEqual(
      members.map(({ conduct }) => conduct),
      ['', 'asked last: bad signature', ''],
    );
  });

  it('what has not lasted is no news yet', () => {
    const peers = [peer('other', { agrees: false, height: 9 })];
    equal(standingOf(membersOf(see({ peers, unsettled: new Set(['other']) })), 'other'), 'agree');
  });

  it('this node stands behind while others have more', () => {
    equal(standingOf(membersOf(see({ status: { ...STATUS, behind: 3 } })), 'self'), 'behind');
  });

  it('lists whoever is a witness, was met, or wrote, each once, this node first', () => {
    const witnesses = [
      { peer: 'w', organisation: 'Witness 10' },
      { peer: 'v', organisation: 'Witness 9' },
    ];
    const feeds = [{ origin: 'writer', size: 3, root: '', certified: 2 }];
    const members = membersOf(see({ peers: [peer('w')], feeds, witnesses }));
    deepEqual(
      members.map(({ peer: id }) => id),
      ['self', 'v', 'w', 'writer'],
    );
    deepEqual(countStandings(members), { agree: 2, behind: 0, differ: 0, gone: 2, revoked: 0 });
    equal(members.find(({ peer: id }) => id === 'v')?.detail, 'never met');
  });
});
