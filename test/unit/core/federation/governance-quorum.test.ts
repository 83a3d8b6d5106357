/** Arithmetic of quorums, and which changes they allow. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { amend, changeRefusal, foundingConstitution } from '../../../../src/core/federation/epochs.ts';
import { defaultThreshold } from '../../../../src/core/federation/genesis.ts';
import type { Change } from '../../../../src/core/federation/governance-types.ts';
import {
  answersNeeded,
  faultyMax,
  federationCheck,
  neighboursIntersect,
  quorumsIntersect,
  safeThreshold,
} from '../../../../src/core/federation/quorum.ts';
import { POLICIES_COUNT_MAX } from '../../../../src/core/limits.ts';
import { federationOf, peer } from './governance-world.ts';

/** All subsets of the first n witnesses with t members, as bit masks. */
function quorums(n: number, t: number): number[] {
  return Array.from({ length: 2 ** n }, (_, mask) => mask).filter((mask) => bits(mask) === t);
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest > 0; rest &= rest - 1) count++;
  return count;
}

/** Two quorums that meet in no more than `faulty` witnesses. */
function canPart(left: readonly number[], right: readonly number[], faulty: number): boolean {
  return left.some((a) => right.some((b) => bits(a & b) <= faulty));
}

describe('answers that a node without a marker waits for (R-97)', () => {
  /** Whether among any `needed` of `others` one is honest and vouched, whoever of all vouched and whoever lies. */
  function finds(n: number, t: number, self: number): boolean {
    const others = ~self & (2 ** n - 1);
    const needed = answersNeeded({ witnessCount: n, threshold: t }, self !== 0);
    const asked = quorums(n, needed).filter((mask) => (mask & ~others) === 0);
    const liars = quorums(n, Math.max(0, faultyMax(n) - bits(self))).map((mask) => mask | self);
    const honest = quorums(n, t).flatMap((vouched) => liars.map((lying) => vouched & ~lying));
    return asked.every((mask) => honest.every((holders) => (mask & holders) !== 0));
  }

  it('have an honest one among them that holds what was final, of any quorum, with any that lie', () => {
    for (let n = 2; n <= 7; n++) {
      for (let t = safeThreshold(n); t <= n; t++) {
        ok(finds(n, t, 1), `a witness, ${t} of ${n}`);
        ok(finds(n, t, 0), `no witness, ${t} of ${n}`);
      }
    }
  });

  it('can come while as many as may fail are silent', () => {
    for (let n = 1; n <= 100; n++) {
      const quorum = { witnessCount: n, threshold: defaultThreshold(n) };
      ok(answersNeeded(quorum, false) <= Math.max(n - faultyMax(n), Math.min(n, 2)), `no witness of ${n}`);
      ok(answersNeeded(quorum, true) <= Math.max(n - faultyMax(n), Math.min(n - 1, 2)), `a witness of ${n}`);
    }
    deepEqual(
      [2, 3, 4, 7, 10].map((n) => answersNeeded({ witnessCount: n, threshold: defaultThreshold(n) }, true)),
      [1, 2, 2, 4, 6],
    );
  });
});

describe('quorums: the bounds against all quorums there are', () => {
  it('of one epoch', () => {
    for (let n = 1; n <= 7; n++) {
      for (let t = 1; t <= n; t++) {
        const all = quorums(n, t);
        equal(quorumsIntersect({ witnessCount: n, threshold: t }), !canPart(all, all, faultyMax(n)), `${t} of ${n}`);
        equal(quorumsIntersect({ witnessCount: n, threshold: t }), t >= safeThreshold(n), `${t} of ${n}`);
      }
    }
  });

  it('of two epochs, one witness apart', () => {
    for (let n = 1; n <= 6; n++) {
      for (const next of [n, n + 1]) {
        for (let t = 1; t <= n; t++) {
          for (let u = 1; u <= next; u++) {
            const before = { witnessCount: n, threshold: t };
            const after = { witnessCount: next, threshold: u };
            const safe = !canPart(quorums(n, t), quorums(next, u), faultyMax(next));
            equal(neighboursIntersect(before, after), safe, `${t} of ${n}, then ${u} of ${next}`);
            equal(neighboursIntersect(after, before), safe, `${u} of ${next}, then ${t} of ${n}`);
          }
        }
      }
    }
  });

  it('hold for the default threshold, from one witness to a thousand', () => {
    for (let n = 1; n < 1000; n++) {
      const before = { witnessCount: n, threshold: defaultThreshold(n) };
      const after = { witnessCount: n + 1, threshold: defaultThreshold(n + 1) };
      ok(
        quorumsIntersect(before) && neighboursIntersect(before, after) && neighboursIntersect(after, before),
        String(n),
      );
    }
  });
});

describe('changes that cannot be adopted (R-73)', () => {
  const now = foundingConstitution(federationOf(4));
  const six = foundingConstitution(federationOf(6, 4));
  const one = foundingConstitution(federationOf(1));
  const stranger = peer(9);
  const refused: readonly (readonly [string, typeof now, Change, RegExp])[] = [
    ['admitting a witness', now, { kind: 'admit', peer: peer(0), organisation: '' }, /is a witness already/],
    ['removing a stranger', now, { kind: 'remove', peer: stranger }, /not a witness/],
    ['removing the last witness', one, { kind: 'remove', peer: peer(0) }, /last witness/],
    ['the threshold there is', now, { kind: 'threshold', threshold: 3 }, /threshold already/],
    ['a threshold above the witnesses', now, { kind: 'threshold', threshold: 5 }, /threshold would be 5/],
    ['a threshold at which quorums part', now, { kind: 'threshold', threshold: 2 }, /at least 3 is needed/],
    [
      'an admission with a threshold too low',
      now,
      { kind: 'admit', peer: stranger, organisation: '', threshold: 3 },
      /at least 4 is needed/,
    ],
    [
      'an admission with a threshold too high',
      now,
      { kind: 'admit', peer: stranger, organisation: '', threshold: 6 },
      /threshold would be 6/,
    ],
    [
      'a removal with a threshold too high',
      now,
      { kind: 'remove', peer: peer(1), threshold: 4 },
      /threshold would be 4/,
    ],
    [
      'a removal with a threshold too low',
      now,
      { kind: 'remove', peer: peer(1), threshold: 1 },
      /at least 2 is needed/,
    ],
    [
      'a removal after which old and new quorums part',
      now,
      { kind: 'remove', peer: peer(1), threshold: 2 },
      /name a higher threshold/,
    ],
    [
      'an admission after which old and new quorums part',
      six,
      { kind: 'admit', peer: stranger, organisation: '' },
      /name a higher threshold/,
    ],
    ['taking back a policy that is not there', now, { kind: 'policy', name: 'a', value: null }, /no such policy/],
  ];
  for (const [what, constitution, change, why] of refused) {
    it(what, () => match(changeRefusal(constitution, change) ?? 'not refused', why));
  }

  it('one policy more than there may be; others can be changed', () => {
    let full = now;
    for (let i = 0; i < POLICIES_COUNT_MAX; i++) full = amend(full, { kind: 'policy', name: `p${i}`, value: i }, 0);
    match(changeRefusal(full, { kind: 'policy', name: 'one_more', value: 1 }) ?? '', /the most there can be/);
    equal(changeRefusal(full, { kind: 'policy', name: 'p7', value: 8 }), undefined);
    equal(changeRefusal(full, { kind: 'policy', name: 'p7', value: null }), undefined);
  });

  it('but these can', () => {
    for (const change of [
      { kind: 'admit', peer: stranger, organisation: '' },
      { kind: 'admit', peer: stranger, organisation: '', threshold: 5 },
      { kind: 'remove', peer: peer(1) },
      { kind: 'remove', peer: peer(1), threshold: 3 },
      { kind: 'threshold', threshold: 4 },
      { kind: 'decision', title: 'x' },
    ] as const) {
      equal(changeRefusal(now, change), undefined, JSON.stringify(change));
    }
    equal(changeRefusal(six, { kind: 'admit', peer: stranger, organisation: '', threshold: 6 }), undefined);
  });
});

describe('the check of a federation', () => {
  function check(organisations: readonly string[], threshold: number) {
    return federationCheck({
      witnesses: organisations.map((organisation, i) => ({ peer: peer(i), organisation })),
      threshold,
    });
  }

  it('of four organisations with one witness each: one may be lost, none is decisive', () => {
    const { organisations, ...figures } = check(['A', 'B', 'C', 'D'], 3);
    deepEqual(figures, {
      witnessCount: 4,
      threshold: 3,
      faultyMax: 1,
      quorumsIntersect: true,
      sharedMin: 2,
      lossesMax: 1,
      livesWithFaulty: true,
    });
    deepEqual(
      organisations.map(({ name, halts, isQuorum, canFork }) => [name, halts, isQuorum, canFork]),
      ['A', 'B', 'C', 'D'].map((name) => [name, false, false, false]),
    );
  });

  it('names the organisation whose loss halts certification, and the one that is a quorum', () => {
    const two = check(['A', 'A', 'B', 'C'], 3).organisations;
    deepEqual(
      two.map(({ name, halts, isQuorum, canFork }) => [name, halts, isQuorum, canFork]),
      [
        ['A', true, false, true],
        ['B', false, false, false],
        ['C', false, false, false],
      ],
    );
    const three = check(['A', 'A', 'A', 'B'], 3).organisations;
    deepEqual(
      three.map(({ name, halts, isQuorum }) => [name, halts, isQuorum]),
      [
        ['A', true, true],
        ['B', false, false],
      ],
    );
  });

  it('sees that quorums need not meet, and that nothing may be lost', () => {
    deepEqual([check(['A', 'B', 'C', 'D'], 2).quorumsIntersect, check(['A', 'B', 'C', 'D'], 2).sharedMin], [false, 0]);
    const all = check(['A', 'B', 'C', 'D'], 4);
    deepEqual([all.lossesMax, all.livesWithFaulty, all.organisations.every(({ halts }) => halts)], [0, false, true]);
  });

  it('takes witnesses without an organisation for themselves', () => {
    deepEqual(new Set(check(['', '', 'B'], 3).organisations.map(({ name }) => name)), new Set([peer(0), peer(1), 'B']));
  });
});
