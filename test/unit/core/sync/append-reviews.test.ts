import { deepEqual, equal, ok } from 'node:assert/strict';
import { sha256 } from '#sha256';
import { toHex } from '../../../../src/core/bytes.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import type { Draft, Effect } from '../../../../src/core/events.ts';
import { APPEND_REVIEWS_MAX, APPENDS_PENDING_MAX } from '../../../../src/core/limits.ts';
import { signedMessage } from '../../../../src/core/signature.ts';
import { ALICE, BOB, CAROL, receipt, type TestKey } from '../fixtures.ts';
import { Harness, ofKind, only } from './harness.ts';

const VERDICT = sha256('a verdict');

function scar(reviewers: readonly (readonly [TestKey, TestKey])[], payload?: Draft['body']): Draft {
  return {
    type: 'SCAR',
    body: {
      id: 'scar-1',
      origin_event: 'event-7',
      resolution: 'reform',
      summary: 'Mended.',
      author: 'human',
      verdict_hash: toHex(VERDICT),
      reviewers: reviewers.map(([named, signer]) => ({
        peer: named.peer,
        signature: toHex(signer.sign(signedMessage('review', VERDICT))),
      })),
      ...(payload === undefined ? {} : { payload }),
    },
  };
}

const GOOD = scar([
  [BOB, BOB],
  [CAROL, CAROL],
]);
const FORGED = scar([
  [BOB, BOB],
  [CAROL, BOB],
]);

function failure(effects: readonly Effect[]): TessraxError {
  const { result } = only(effects, 'reply');
  if (result instanceof TessraxError) return result;
  throw new Error('the append went through');
}

describe('append: signatures in a draft (R-18, R-92)', () => {
  it('are checked before the entry is made: it would be refused by everybody else', () => {
    const node = Harness.running();
    const started = node.step({ kind: 'append', requests: [{ request: 4, drafts: [receipt(0), GOOD] }] });
    const verify = only(started, 'verify');
    equal(verify.items.length, 2);
    deepEqual(ofKind(started, 'store'), []);
    node.carryOut(verify);
    node.settle();
    equal(node.ledger(ALICE.peer).length, 2);
  });

  it('that do not hold refuse the whole append, naming the draft', () => {
    const node = Harness.running();
    const error = failure(node.append(receipt(0), GOOD, FORGED));
    equal(error.code, 'signature_invalid');
    equal(error.fields.index, 2);
    ok(error.remedy.length > 0);
    equal(node.ledger(ALICE.peer).length, 0);
    equal(ofKind(node.append(receipt(0)), 'store').length, 1);
  });

  it('are room that is taken until they are checked', () => {
    const node = Harness.running();
    node.state.appendsPending = APPENDS_PENDING_MAX - 1;
    const verify = only(node.step({ kind: 'append', requests: [{ request: 1, drafts: [FORGED] }] }), 'verify');
    equal(failure(node.step({ kind: 'append', requests: [{ request: 2, drafts: [receipt(0)] }] })).code, 'append_busy');
    equal(failure(node.carryOut(verify)).code, 'signature_invalid');
    equal(ofKind(node.append(receipt(0)), 'store').length, 1);
  });

  it('more than can be checked at once are refused', () => {
    const drafts = Array.from({ length: APPEND_REVIEWS_MAX / 2 + 1 }, () => GOOD);
    equal(failure(Harness.running().append(...drafts)).code, 'append_count');
  });

  it('a claim of equivocation without proof is refused', () => {
    const claim = scar([], { kind: 'equivocation', proof: 'zz' });
    equal(failure(Harness.running().append(claim)).code, 'fork_proof_invalid');
  });
});
