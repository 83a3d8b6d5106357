import { deepEqual, equal, ok } from 'node:assert/strict';
import { BinaryReader } from '../../../../src/core/binary.ts';
import type { Effect } from '../../../../src/core/events.ts';
import type { Revocation } from '../../../../src/core/ledger/revocation.ts';
import type { SealReason } from '../../../../src/core/ledger/seal-reason.ts';
import { decodeMessage, encodeMessage, type Outgoing } from '../../../../src/core/sync/messages.ts';
import { readRunEntry } from '../../../../src/core/sync/statement.ts';
import { ALICE, BOB, CAROL, chain, FEDERATION, type TestKey } from '../fixtures.ts';
import { bannedFor, meet, ofKind, only, sent } from './harness.ts';
import { FORK, holding, LEFT } from './sealing-rig.ts';

/** Statements that Bob is not to be trusted. */
function revocationBy(...signers: readonly TestKey[]): Revocation {
  const statements = signers.flatMap((signer) =>
    chain(signer, [{ type: 'REVOCATION', body: { reason: 'its key was stolen', target: BOB.peer } }]).map(
      ({ origin, seq, prev, bytes }) => ({ origin, seq, prev, entry: readRunEntry(new BinaryReader(bytes)) }),
    ),
  );
  return { origin: BOB.peer, seq: 0, statements };
}

/** A request for entries of Carol's feed, and why feeds are sealed for who asks. */
function request(...seals: readonly SealReason[]): Outgoing {
  const ranges = [{ origin: CAROL.peer, from: 0, to: 2 }];
  return { kind: 'ranges_request', federation: FEDERATION.id, log: 'ledger', ranges, seals };
}

describe('a revocation in a request (R-98)', () => {
  it('of too few, by the epochs known here, is passed over: others may have been elected, or fewer be needed', () => {
    const node = holding(LEFT);
    meet(node, CAROL);
    const effects = node.frame(node.inbound(CAROL), request(revocationBy(ALICE, CAROL)));
    equal(bannedFor(effects), undefined);
    deepEqual(
      sent(effects).map(({ kind }) => kind),
      ['delta', 'end'],
    );
    equal(node.state.seals.has(BOB.peer), false);
  });

  it('that was passed over is not acted on when its epoch comes while other proofs are checked: nobody looked at its signatures', () => {
    const node = holding(LEFT);
    meet(node, CAROL);
    const stream = node.inbound(CAROL);
    const data = encodeMessage(request(FORK, revocationBy(ALICE, CAROL)));
    node.step({ kind: 'frame', stream, data });
    equal(node.open.length, 1, 'the fork is being checked');
    node.state.epochs.end({ change: { kind: 'threshold', threshold: 2 } });
    node.settle();
    equal(node.state.seals.has(CAROL.peer), true);
    equal(node.state.seals.has(BOB.peer), false);
  });

  it('is told to everyone on the topic, statement by statement, once each and when it is durable', () => {
    const node = holding(LEFT);
    meet(node, CAROL);
    const proof = revocationBy(ALICE, BOB, CAROL);
    const stream = node.inbound(CAROL);
    node.step({ kind: 'frame', stream, data: encodeMessage(request(proof)) });
    const [verify] = node.open;
    ok(verify?.kind === 'verify');
    equal(spread(node.carryOut(verify)).length, 0, 'nothing of it is on the disk');
    const told = spread(node.settle());
    deepEqual(
      told,
      [ALICE, BOB, CAROL].map(({ peer }) => peer),
    );
    deepEqual(spread(node.frame(node.inbound(CAROL), request(proof))), [], 'shown again');
    const [statement] = proof.statements;
    ok(statement !== undefined);
    const again = node.gossip('revocations', CAROL, encodeMessage({ kind: 'revocation', statement }));
    equal(only(again, 'gossip_verdict').verdict, 'ignore', 'and heard again');
  });

  it('is not told again of what came on the topic while the proof was on its way to the disk', () => {
    const node = holding(LEFT);
    meet(node, CAROL);
    const proof = revocationBy(ALICE, BOB, CAROL);
    node.step({ kind: 'frame', stream: node.inbound(CAROL), data: encodeMessage(request(proof)) });
    const [verify] = node.open;
    ok(verify?.kind === 'verify');
    node.carryOut(verify);
    const [statement] = proof.statements;
    ok(statement !== undefined);
    node.state.revocations.set(BOB.peer, new Map([[ALICE.peer, statement]]));
    deepEqual(
      spread(node.settle()),
      [BOB, CAROL].map(({ peer }) => peer),
    );
  });
});

/** Who signed the statements that are published among effects. */
function spread(effects: readonly Effect[]): string[] {
  return ofKind(effects, 'publish').flatMap(({ topic, data }) => {
    const message = topic === 'revocations' ? decodeMessage(data) : undefined;
    return message?.kind === 'revocation' ? [message.statement.origin] : [];
  });
}
