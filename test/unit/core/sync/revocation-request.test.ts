import { deepEqual, equal } from 'node:assert/strict';
import { BinaryReader } from '../../../../src/core/binary.ts';
import type { Revocation } from '../../../../src/core/ledger/revocation.ts';
import type { SealReason } from '../../../../src/core/ledger/seal-reason.ts';
import { encodeMessage, type Outgoing } from '../../../../src/core/sync/messages.ts';
import { readRunEntry } from '../../../../src/core/sync/statement.ts';
import { ALICE, BOB, CAROL, chain, FEDERATION, type TestKey } from '../fixtures.ts';
import { bannedFor, meet, sent } from './harness.ts';
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
});
