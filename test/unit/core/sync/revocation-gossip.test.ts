/** Revocations heard on their own topic. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Effect } from '../../../../src/core/events.ts';
import { draftFederation, readFederation } from '../../../../src/core/federation/genesis.ts';
import { REVOKED_PER_WITNESS_MAX } from '../../../../src/core/limits.ts';
import { encodeMessage } from '../../../../src/core/sync/messages.ts';
import { isRevoked } from '../../../../src/core/sync/revoking.ts';
import { ALICE, BOB, CAROL, chain, MALLORY, receipt, type TestKey, testKey } from '../fixtures.ts';
import { bannedFor, Harness, meet, ofKind, only, statementOf } from './harness.ts';

const DAVE = testKey(4);
const ERIN = testKey(5);
const WITNESSES = [BOB, CAROL, DAVE, ERIN];
/** Four witnesses, three of whom revoke; anybody writes. */
const FEDERATION = readFederation(
  draftFederation({
    name: 'Four',
    witnesses: WITNESSES.map(({ peer }) => ({ peer, organisation: '' })),
    openQuota: 1000,
  }),
);

/** A statement as its signer's third entry: the two before it are nowhere to be had. */
function statement(signer: TestKey, target: TestKey, federation = FEDERATION): Uint8Array {
  const revocation = { type: 'REVOCATION', body: { target: target.peer, reason: 'its key was stolen' } };
  const entry = chain(signer, [receipt(0), receipt(1), revocation], 'ledger', federation)[2];
  ok(entry !== undefined);
  return encodeMessage({ kind: 'revocation', statement: statementOf(entry) });
}

function running(key = ALICE): Harness {
  return Harness.running(key, { federation: FEDERATION });
}

function verdictOf(effects: readonly Effect[]): string {
  return only(effects, 'gossip_verdict').verdict;
}

function spread(effects: readonly Effect[]): number {
  return ofKind(effects, 'publish').filter(({ topic }) => topic === 'revocations').length;
}

describe('revocations on their topic', () => {
  it('part a node from the revoked one, though it holds no entry of those who say so', () => {
    const node = running();
    meet(node, MALLORY);
    for (const signer of [BOB, CAROL]) {
      const effects = node.gossip('revocations', BOB, statement(signer, MALLORY));
      equal(verdictOf(effects), 'accept');
      equal(ofKind(effects, 'disconnect').length, 0);
    }
    const effects = node.gossip('revocations', BOB, statement(DAVE, MALLORY));
    deepEqual(
      ofKind(effects, 'disconnect').map(({ peer, code }) => [peer, code]),
      [[MALLORY.peer, 'revoked']],
    );
    equal(isRevoked(node.state, MALLORY.peer), true);
    equal(node.state.ledger.height, 0);
    equal(bannedFor(node.connect(MALLORY)), 'revoked');
  });

  it('are on the disk before anything is done', () => {
    const node = running();
    meet(node, MALLORY);
    for (const signer of [BOB, CAROL]) node.gossip('revocations', BOB, statement(signer, MALLORY));
    const data = statement(DAVE, MALLORY);
    node.step({ kind: 'gossip', topic: 'revocations', from: BOB.peer, id: 'last', data });
    const [verify] = node.open.splice(0);
    ok(verify?.kind === 'verify');
    node.open.push(verify);
    const store = only(node.carryOut(verify), 'store');
    deepEqual(
      store.write.revocations?.map(({ target, statement: { origin } }) => [target, origin]),
      [[MALLORY.peer, DAVE.peer]],
    );
    equal(isRevoked(node.state, MALLORY.peer), false);
    node.carryOut(store);
    equal(isRevoked(node.state, MALLORY.peer), true);
  });

  it('are published once by who learns of them from entries, and not by who heard them there', () => {
    const node = running(BOB);
    meet(node, MALLORY);
    const draft = { type: 'REVOCATION', body: { target: MALLORY.peer, reason: 'its key was stolen' } };
    equal(spread(node.append(draft)), 1);
    equal(spread(node.append(draft)), 0, 'said already');
    equal(spread(node.gossip('revocations', MALLORY, statement(CAROL, MALLORY))), 0, 'the verdict passes it on');
  });

  it('count once, whatever way and in whatever order they come', () => {
    const node = running();
    const data = statement(BOB, MALLORY);
    equal(verdictOf(node.gossip('revocations', BOB, data)), 'accept');
    const again = node.gossip('revocations', CAROL, data);
    equal(verdictOf(again), 'ignore');
    equal(ofKind(again, 'verify').length, 0);
    equal(node.state.revocations.get(MALLORY.peer)?.size, 1);
  });

  const refused: readonly (readonly [string, Uint8Array, string])[] = [
    [
      'of another federation',
      statement(
        BOB,
        MALLORY,
        readFederation(
          draftFederation({ name: 'Other', witnesses: [{ peer: BOB.peer, organisation: '' }], openQuota: 9 }),
        ),
      ),
      'signature_invalid',
    ],
    ['with one bit of the signature changed', flipped(statement(BOB, MALLORY)), 'signature_invalid'],
    ['with bytes behind its end', Uint8Array.from([...statement(BOB, MALLORY), 0]), 'wire_trailing'],
    ['cut short', statement(BOB, MALLORY).slice(0, -1), 'wire_truncated'],
    ['that revoke nobody', receiptStatement(), 'revocation_invalid'],
    ['that are another message', encodeMessage({ kind: 'end', status: 'done' }), 'message_unexpected'],
  ];
  for (const [what, data, code] of refused) {
    it(`${what} are refused, and who passed them on with them`, () => {
      const node = running();
      meet(node, BOB);
      const effects = node.gossip('revocations', BOB, data);
      equal(verdictOf(effects), 'reject');
      equal(bannedFor(effects), code);
      equal(node.state.revocations.size, 0);
    });
  }

  it('of who has no say are not passed on, and cost no room: strangers who revoke themselves, and others', () => {
    const node = running();
    meet(node, MALLORY);
    for (const [signer, target] of [
      [MALLORY, CAROL],
      [MALLORY, MALLORY],
      [testKey(9), testKey(9)],
    ] as const) {
      const effects = node.gossip('revocations', BOB, statement(signer, target));
      equal(verdictOf(effects), 'ignore');
      equal(ofKind(effects, 'verify').length, 0);
    }
    equal(node.state.revocations.size, 0);
  });

  it('of one witness take a bounded room, which is not that of the others', () => {
    const node = running();
    for (let i = 0; i < REVOKED_PER_WITNESS_MAX; i++) {
      node.state.revocations.set(`nobody ${i}`, new Map([[BOB.peer, fakeStatement()]]));
    }
    equal(verdictOf(node.gossip('revocations', BOB, statement(BOB, MALLORY))), 'ignore');
    equal(verdictOf(node.gossip('revocations', BOB, statement(CAROL, MALLORY))), 'accept');
  });
});

function fakeStatement() {
  const [entry] = chain(BOB, [receipt(0)], 'ledger', FEDERATION);
  ok(entry !== undefined);
  return { ...statementOf(entry), entry: { ...entry, signature: new Uint8Array(64), body: new Uint8Array() } };
}

function receiptStatement(): Uint8Array {
  const [entry] = chain(BOB, [receipt(0)], 'ledger', FEDERATION);
  ok(entry !== undefined);
  return encodeMessage({ kind: 'revocation', statement: statementOf(entry) });
}

/** The signature lies behind kind, key, seq, prev, type, timestamp and nonce. */
function flipped(data: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(data);
  const at = 1 + 32 + 1 + 32 + 1 + 6 + 16 + 5;
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
