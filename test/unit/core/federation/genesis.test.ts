import { deepEqual, equal, throws } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { canonicalize } from '../../../../src/core/entry/canonical-json.ts';
import { defaultThreshold, draftFederation, readFederation } from '../../../../src/core/federation/genesis.ts';
import { WITNESSES_COUNT_MAX, WRITERS_COUNT_MAX } from '../../../../src/core/limits.ts';
import { peerIdOf } from '../../../../src/core/peer-id.ts';
import { ALICE, BOB, CAROL, FEDERATION, FEDERATION_FILE } from '../fixtures.ts';
import { object, text, vectorFile, vectorList } from '../vectors.ts';

/** Peer IDs of keys that nobody has. */
function strangers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => peerIdOf(createHash('sha256').update(String(i)).digest()));
}

describe('federation file (R-04, R-05)', () => {
  for (const vector of vectorList('federation.json', 'files')) {
    it(`${text(vector.name)}: its ID is the hash of its canonical JSON`, () => {
      const file = object(vector.file);
      equal(canonicalize(file), vector.canonical);
      equal(readFederation(file).id, vector.id);
      equal(createHash('sha256').update(text(vector.canonical)).digest('hex'), vector.id);
    });
  }

  it('has the same ID in whatever order its members are written', () => {
    const reversed = Object.fromEntries(Object.entries(FEDERATION_FILE).reverse());
    equal(readFederation(reversed).id, FEDERATION.id);
  });

  it('says who the witnesses are and who writes', () => {
    deepEqual(
      FEDERATION.witnesses.map(({ peer, organisation }) => [peer, organisation]),
      [
        [ALICE.peer, 'Alpha'],
        [BOB.peer, 'Beta'],
        [CAROL.peer, 'Gamma'],
      ],
    );
    equal(FEDERATION.threshold, 3);
    deepEqual(FEDERATION.writers, { mode: 'list', peers: new Set([ALICE.peer, BOB.peer, CAROL.peer]) });
  });

  it('takes as many witnesses and writers as allowed, and not one more', () => {
    const witness = (peer: string) => ({ peer, organisation: '' });
    const most = strangers(WITNESSES_COUNT_MAX).map(witness);
    equal(readFederation(draftFederation({ name: 'x', witnesses: most })).witnesses.length, WITNESSES_COUNT_MAX);
    const draft = { name: 'x', witnesses: [...most, witness(ALICE.peer)], openQuota: 1 };
    throws(() => draftFederation(draft), { code: 'federation_invalid', fields: { member: 'witnesses' } });
    const writers = strangers(WRITERS_COUNT_MAX);
    throws(() => draftFederation({ name: 'x', witnesses: [witness(ALICE.peer)], writers }), {
      code: 'federation_invalid',
      fields: { member: 'writers.peers' },
    });
  });
});

describe('federation file: refused', () => {
  for (const { member, file } of vectorList('refusals.json', 'federation_files')) {
    it(`${text(member)}: ${JSON.stringify(file).slice(0, 60)}`, () => {
      throws(() => readFederation(file ?? null), { code: 'federation_invalid', fields: { member: text(member) } });
    });
  }
});

describe('threshold (R-07)', () => {
  it('is two thirds of the witnesses and one more, as in the vectors', () => {
    const { thresholds } = vectorFile('federation.json');
    deepEqual(
      thresholds,
      [1, 2, 3, 4, 5, 6, 7, 10, 31, 100, 1000].map((n) => [n, defaultThreshold(n)]),
    );
  });

  it('makes any two quorums meet in more than a third, and is within the witnesses', () => {
    for (let n = 1; n <= WITNESSES_COUNT_MAX; n++) {
      const threshold = defaultThreshold(n);
      equal(threshold <= n, true, String(n));
      const faulty = Math.floor((n - 1) / 3);
      equal(2 * threshold - n > faulty, true, `quorums of ${n} meet in an honest one`);
      equal(threshold <= n - faulty, true, `the honest of ${n} are enough`);
    }
  });
});
