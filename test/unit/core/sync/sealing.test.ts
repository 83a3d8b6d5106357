import { deepEqual, equal, ok } from 'node:assert/strict';
import { toHex } from '../../../../src/core/bytes.ts';
import type { Candidate } from '../../../../src/core/entry/examine.ts';
import { EVERYONE } from '../../../../src/core/entry/types.ts';
import type { Effect, SealRecord } from '../../../../src/core/events.ts';
import { checkpointOf, Ledger } from '../../../../src/core/ledger/ledger.ts';
import { HEARTBEAT_DEBOUNCE_MS, HEARTBEAT_INTERVAL_MS_MAX } from '../../../../src/core/limits.ts';
import { runOf, syncEventDraft } from '../../../../src/core/sync/delta.ts';
import { encodeMessage } from '../../../../src/core/sync/messages.ts';
import { ALICE, BOB, CAROL, chain, FEDERATION, MALLORY, plain, receipt } from '../fixtures.ts';
import { branch, certificateFor, deltaCertificate, forkAt, labelled } from '../forks.ts';
import { bannedFor, type Harness, hashes, notes, ofKind, only, sent, statementOf } from './harness.ts';
import {
  accusation,
  accuse,
  certifiedTo,
  claimed,
  deltaOf,
  FORK,
  FORK_SEQ,
  headOf,
  holding,
  LEFT,
  RIGHT,
  receive,
  told,
} from './sealing-rig.ts';

const SEALED: readonly SealRecord[] = [{ proof: FORK, certificate: undefined, scarred: true }];
const SHARED = LEFT.slice(0, FORK_SEQ);
const BEYOND = LEFT.slice(FORK_SEQ);

/** What the node holds of Carol's feed, on disk, admitted and durable alike. */
function content(node: Harness): string[] {
  const held = hashes(node.ledger(CAROL.peer));
  equal(node.state.ledger.size(CAROL.peer), held.length);
  equal(node.state.durable.heads.get(CAROL.peer)?.size ?? 0, held.length);
  return held;
}

describe('sealing (R-93): a fork that is proved', () => {
  it('cuts off what is not certified, into quarantine, in one write', () => {
    const node = holding(LEFT);
    const effects = accuse(node, FORK);
    deepEqual(content(node), hashes(SHARED));
    deepEqual(hashes(node.quarantine), hashes(BEYOND));
    const [cut, ...more] = ofKind(effects, 'store').filter(({ write }) => write.cuts !== undefined);
    deepEqual(more, []);
    deepEqual(plain(cut?.write.cuts), plain([{ head: headOf(SHARED), to: LEFT.length }]));
    deepEqual(
      notes(effects, 'feed_sealed').map(({ origin, seq }) => [origin, seq]),
      [[CAROL.peer, FORK_SEQ]],
    );
    deepEqual(
      notes(effects, 'entries_quarantined').map(({ from, to }) => [from, to]),
      [[FORK_SEQ, LEFT.length]],
    );
  });

  it('leaves the ledger as if the rest had never been there', () => {
    const node = holding(LEFT);
    accuse(node, FORK);
    const clean = new Ledger();
    clean.set(headOf(SHARED));
    equal(toHex(node.state.durable.root), toHex(clean.root));
    equal(node.state.durable.height, FORK_SEQ);
  });

  it('at the very first entry takes away all of the feed', () => {
    const one = branch(CAROL, 3, 0, 'one');
    const node = holding(one);
    accuse(node, forkAt(0, one, branch(CAROL, 2, 0, 'two')));
    deepEqual(content(node), []);
    equal(node.state.durable.heads.has(CAROL.peer), false);
    equal(node.state.durable.height, 0);
  });

  it('leaves alone who holds no more than the branches share', () => {
    const node = holding(SHARED);
    const effects = accuse(node, FORK);
    deepEqual(content(node), hashes(SHARED));
    deepEqual(notes(effects, 'entries_quarantined'), []);
    ok(node.seals.has(CAROL.peer));
  });

  it('keeps what is certified, with the votes that show it', () => {
    const node = certifiedTo(LEFT, 4, [4, 5, 6]);
    accuse(node, FORK);
    deepEqual(content(node), hashes(LEFT.slice(0, 4)));
    const certificate = node.seals.get(CAROL.peer)?.certificate;
    deepEqual(plain(certificate?.checkpoint), plain(checkpointOf(headOf(LEFT.slice(0, 4)))));
    equal(certificate?.votes.length, FEDERATION.threshold);
  });

  it('makes the certificate before the cut, even when all that is certified lies below: a lower fork may leave nothing else', () => {
    const node = certifiedTo(LEFT, 1, [1, 5, 6]);
    accuse(node, FORK); // the votes for five and six show nothing any more once what lies beyond place 2 is gone
    deepEqual(content(node), hashes(SHARED));
    const lower = forkAt(0, LEFT, branch(CAROL, 2, 0, 'lower'));
    accuse(node, lower);
    deepEqual(content(node), hashes(LEFT.slice(0, 1)));
    deepEqual(
      plain(node.seals.get(CAROL.peer)?.certificate?.checkpoint),
      plain(checkpointOf(headOf(LEFT.slice(0, 1)))),
    );
  });

  it('makes no certificate of fewer votes than the threshold: nobody would take it', () => {
    const node = certifiedTo(LEFT, 4);
    node.votes.delete(`${CAROL.peer} ${BOB.peer}`);
    accuse(node, FORK);
    deepEqual(content(node), hashes(LEFT.slice(0, 4)));
    equal(node.seals.get(CAROL.peer)?.certificate, undefined);
  });

  it('is taken up again by a node that stopped before the cut', () => {
    const node = holding(LEFT, { seals: SEALED });
    deepEqual(content(node), hashes(SHARED));
    deepEqual(hashes(node.quarantine), hashes(BEYOND));
  });

  it('is no matter in a federation where its origin may not write', () => {
    const one = branch(MALLORY, 2, 0, 'one');
    const node = holding([]);
    const effects = accuse(node, forkAt(0, one, branch(MALLORY, 2, 0, 'two')));
    deepEqual(notes(effects, 'feed_sealed'), []);
    equal(node.state.seals.size, 0);
  });

  it('with a signature that does not hold seals nothing, and costs who showed it', () => {
    const node = holding(LEFT);
    const [one, other] = FORK.headers;
    const effects = accuse(node, { ...FORK, headers: [one, { ...other, signature: one.signature }] });
    equal(bannedFor(effects), 'signature_invalid');
    equal(node.state.seals.size, 0);
    deepEqual(content(node), hashes(LEFT));
  });
});

describe('sealing: of several forks the lowest counts (R-93)', () => {
  const LATER = forkAt(4, LEFT, labelled(CAROL, ['', '', 'left', 'left', 'third']));
  const orders = [
    [FORK, LATER],
    [LATER, FORK],
    [LATER, FORK, LATER],
  ];
  it('whatever the order in which they come', () => {
    const ends = orders.map((order) => {
      const node = holding(LEFT);
      for (const proof of order) equal(bannedFor(accuse(node, proof)), undefined);
      equal(node.seals.get(CAROL.peer)?.proof.seq, FORK_SEQ);
      return [content(node), toHex(node.state.durable.root), hashes(node.quarantine).sort()];
    });
    deepEqual(ends[1], ends[0]);
    deepEqual(ends[2], ends[0]);
    deepEqual(ends[0]?.[0], hashes(SHARED));
  });

  /** The lower one is shown while the disk is read for the first. */
  function accuseTwice(node: Harness): void {
    const streams = [LATER, FORK].map((proof) => [node.inbound(BOB), proof] as const);
    for (const [stream, proof] of streams) {
      const verify = only(node.step({ kind: 'frame', stream, data: encodeMessage(accusation(proof)) }), 'verify');
      only(node.carryOut(verify), 'seal_read');
    }
    node.settle();
  }

  it('when the second comes while the first is being settled', () => {
    const node = holding(LEFT);
    accuseTwice(node);
    deepEqual(content(node), hashes(SHARED));
    deepEqual(hashes(node.quarantine).sort(), hashes(BEYOND).sort());
  });

  it('and what is certified has its certificate then, too: who has none can give nothing of it', () => {
    const node = certifiedTo(LEFT, 3);
    accuseTwice(node);
    deepEqual(content(node), hashes(LEFT.slice(0, 3)));
    equal(node.seals.get(CAROL.peer)?.certificate?.checkpoint.size, 3);
  });

  it('but shortens nothing that is certified', () => {
    const node = certifiedTo(LEFT, 3);
    for (const proof of [LATER, FORK]) accuse(node, proof);
    deepEqual(content(node), hashes(LEFT.slice(0, 3)));
  });
});

describe('sealing: persist, then speak', () => {
  it('says no word of the feed while the cut is under way', () => {
    const node = holding(LEFT);
    node.connect(BOB);
    const stream = node.inbound(BOB);
    const quiet = (effects: readonly Effect[]) => deepEqual(ofKind(effects, 'publish'), []);
    const verify = only(node.step({ kind: 'frame', stream, data: encodeMessage(accusation(FORK)) }), 'verify');
    const sealed = node.carryOut(verify);
    const sealing = only(sealed, 'store');
    equal(sealing.write.cuts, undefined);
    const cut = only(node.carryOut(only(sealed, 'seal_read')), 'store');
    ok(cut.write.cuts !== undefined);
    node.advance(HEARTBEAT_INTERVAL_MS_MAX);
    quiet(node.step({ kind: 'tick' }));
    quiet(node.carryOut(sealing));
    node.advance(HEARTBEAT_INTERVAL_MS_MAX);
    quiet(node.step({ kind: 'tick' }));
    deepEqual(told([...node.carryOut(cut), ...node.tick(HEARTBEAT_DEBOUNCE_MS)]), [FORK_SEQ]);
  });

  it('is not begun before everything of that feed on its way to the disk is there', () => {
    const node = holding(LEFT.slice(0, 4));
    const { stream } = claimed(node, 6);
    const accused = node.inbound(BOB);
    const delivered = only(node.step({ kind: 'frame', stream, data: encodeMessage(deltaOf(LEFT.slice(4))) }), 'verify');
    const arriving = only(node.carryOut(delivered), 'store');
    const verify = only(node.step({ kind: 'frame', stream: accused, data: encodeMessage(accusation(FORK)) }), 'verify');
    deepEqual(ofKind(node.carryOut(verify), 'seal_read'), []);
    only(node.carryOut(arriving), 'seal_read');
    node.settle();
    deepEqual(content(node), hashes(SHARED));
    deepEqual(hashes(node.quarantine), hashes(BEYOND));
  });
});

describe('sealing: what comes in beyond the fork (R-96)', () => {
  const CERTIFICATE = certificateFor(LEFT, 5);

  it('nothing without a certificate, and what lies below as ever', () => {
    const node = holding(LEFT.slice(0, 1), { seals: SEALED });
    const effects = receive(node, 5, deltaOf(LEFT.slice(1, 5)));
    deepEqual(content(node), hashes(SHARED));
    equal(bannedFor(effects), undefined);
  });

  it('what is a beginning of the certified checkpoint, final at once', () => {
    const node = holding(SHARED, { seals: SEALED });
    const effects = receive(node, 5, deltaOf(LEFT.slice(2, 5), deltaCertificate(LEFT, 5, CERTIFICATE)));
    deepEqual(content(node), hashes(LEFT.slice(0, 5)));
    equal(node.certified.get(CAROL.peer), 5);
    equal(node.state.durable.certified.get(CAROL.peer), 5);
    deepEqual(plain(node.seals.get(CAROL.peer)?.certificate), plain(CERTIFICATE));
    deepEqual(
      notes(effects, 'entries_adopted').map(({ to }) => to),
      [5],
    );
  });

  it('a part of it, final too; the certificate is kept when all is there', () => {
    const node = holding(SHARED, { seals: SEALED });
    receive(node, 4, deltaOf(LEFT.slice(2, 4), deltaCertificate(LEFT, 4, CERTIFICATE)));
    deepEqual(content(node), hashes(LEFT.slice(0, 4)));
    equal(node.certified.get(CAROL.peer), 4);
    equal(node.seals.get(CAROL.peer)?.certificate, undefined);
  });

  it('on the branch that was not held: the certified one wins', () => {
    const node = holding(RIGHT);
    accuse(node, FORK);
    receive(node, 5, deltaOf(LEFT.slice(2, 5), deltaCertificate(LEFT, 5, CERTIFICATE)));
    deepEqual(content(node), hashes(LEFT.slice(0, 5)));
    deepEqual(hashes(node.quarantine), hashes(RIGHT.slice(2)));
  });

  it('and goes on to others with the certificate', () => {
    const node = holding(SHARED, { seals: SEALED });
    receive(node, 5, deltaOf(LEFT.slice(2, 5), deltaCertificate(LEFT, 5, CERTIFICATE)));
    const ranges = [{ origin: CAROL.peer, from: 0, to: 5 }];
    const stream = node.inbound(CAROL);
    const request = {
      kind: 'ranges_request',
      federation: FEDERATION.id,
      log: 'ledger',
      ranges,
      seals: [FORK],
    } as const;
    const [delta] = sent(node.frame(stream, request), stream);
    ok(delta?.kind === 'delta');
    deepEqual(plain(delta.certificates), plain([{ ...CERTIFICATE, path: [] }]));
  });

  const short = { ...CERTIFICATE, votes: CERTIFICATE.votes.slice(1) };
  const foreign = certificateFor(RIGHT, 5);
  const refused: readonly (readonly [string, readonly Candidate[], typeof CERTIFICATE, string | undefined])[] = [
    ['a certificate one vote short', LEFT, short, 'certificate_short'],
    [
      'a certificate with a vote twice',
      LEFT,
      { ...CERTIFICATE, votes: [...short.votes, ...short.votes] },
      'certificate_vote',
    ],
    ['the certificate of the other branch', LEFT, foreign, undefined],
  ];
  for (const [what, entries, certificate, banned] of refused) {
    it(`nothing with ${what}`, () => {
      const node = holding(SHARED, { seals: SEALED });
      const effects = receive(
        node,
        5,
        deltaOf(entries.slice(2, 5), { ...deltaCertificate(entries, 5), ...certificate }),
      );
      deepEqual(content(node), hashes(SHARED));
      equal(bannedFor(effects), banned);
      equal(node.certified.size, 0);
    });
  }

  it('nothing by a push', () => {
    const node = holding(SHARED, { seals: SEALED });
    const [event] = chain(CAROL, [syncEventDraft(EVERYONE, [LEFT.slice(2)])], 'journal');
    ok(event !== undefined);
    const push = encodeMessage({ kind: 'delta', event: statementOf(event), runs: runOf(LEFT.slice(2)) });
    const effects = node.gossip('entries', CAROL, push);
    equal(only(effects, 'gossip_verdict').verdict, 'accept');
    deepEqual(content(node), hashes(SHARED));
    deepEqual(node.journal(), []);
  });

  it('is asked for with the proof, so that who serves knows as well', () => {
    const node = holding(SHARED, { seals: SEALED });
    const [request] = sent(claimed(node, 5).effects).filter(({ kind }) => kind === 'ranges_request');
    ok(request?.kind === 'ranges_request');
    deepEqual(plain(request.seals), plain([FORK]));
  });
});

describe('sealing: our own feed', () => {
  it('takes no entries any more', () => {
    const one = branch(ALICE, 3, 1, 'one');
    const node = holding(one);
    accuse(node, forkAt(1, one, branch(ALICE, 3, 1, 'two')));
    const { result } = only(node.append(receipt(9)), 'reply');
    ok(result instanceof Error && 'code' in result);
    equal(result.code, 'feed_sealed');
    equal(node.ledger(ALICE.peer).length, 1);
  });
});
