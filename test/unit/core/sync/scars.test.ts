import { deepEqual, equal, ok } from 'node:assert/strict';
import { BinaryReader } from '../../../../src/core/binary.ts';
import { isJsonObject, parseCanonical } from '../../../../src/core/entry/canonical-json.ts';
import { readEntry } from '../../../../src/core/entry/codec.ts';
import type { Draft } from '../../../../src/core/events.ts';
import { type ForkProof, forkOfPayload, forkPayload } from '../../../../src/core/ledger/fork.ts';
import { SCAR_WAIT_MS } from '../../../../src/core/limits.ts';
import { ALICE, BOB, CAROL, chain, FEDERATION, MALLORY, plain } from '../fixtures.ts';
import { branch, forkAt, headerOf } from '../forks.ts';
import { bannedFor, type Harness, hashes, meet, notes, ofKind, only } from './harness.ts';
import { accuse, deltaOf, FORK, FORK_SEQ, holding, LEFT, RIGHT } from './sealing-rig.ts';

/** The scars in a node's own feed. */
function scars(node: Harness) {
  return node.ledger(node.state.self).flatMap(({ bytes }) => {
    const { type, body } = readEntry(new BinaryReader(bytes));
    const value = parseCanonical(body);
    return type === 'SCAR' && typeof value !== 'string' ? [value] : [];
  });
}

/** A node that finds the fork itself, by Bob's headers. */
function finder(options: Parameters<typeof holding>[1] = {}): Harness {
  const node = holding(LEFT.slice(0, 5), options);
  const [open] = ofKind(meet(node, BOB, [{ origin: CAROL.peer, size: 5, root: new Uint8Array(32) }]), 'open').slice(-1);
  ok(open !== undefined);
  const headers = RIGHT.map((entry) => ({ ...entry, header: headerOf(entry) }));
  node.frame(open.stream, { kind: 'headers', headers });
  node.tick(1);
  return node;
}

function scarDraft(proof: ForkProof): Draft {
  const body = {
    id: 'a name of their own',
    origin_event: 'somewhere',
    resolution: 'quarantine',
    summary: 'two branches',
    author: 'engine',
    verdict_hash: '00'.repeat(32),
    reviewers: [],
    payload: forkPayload(proof, FEDERATION.id),
  };
  return { type: 'SCAR', body };
}

/** Bob's feed with one scar, as he serves it. */
function bobsScar(node: Harness, proof: ForkProof) {
  const [open] = ofKind(meet(node, BOB, [{ origin: BOB.peer, size: 1, root: new Uint8Array(32) }]), 'open').slice(-1);
  ok(open !== undefined);
  return node.frame(open.stream, deltaOf(chain(BOB, [scarDraft(proof)])));
}

describe('scars of equivocation (R-92)', () => {
  it('are recorded once by who finds the fork, with the proof', () => {
    const node = finder();
    const [scar, ...more] = scars(node);
    ok(scar !== undefined);
    deepEqual(more, []);
    const { payload } = scar;
    ok(isJsonObject(payload));
    deepEqual(plain(forkOfPayload(payload, FEDERATION.id)), plain(FORK));
    deepEqual([scar.resolution, scar.author, scar.reviewers], ['quarantine', 'engine', []]);
    equal(node.seals.get(CAROL.peer)?.scarred, true);
    node.tick(60_000);
    equal(scars(node).length, 1);
  });

  it('are recorded by who found the fork and stopped before', () => {
    const node = holding(LEFT, { seals: [{ proof: FORK, certificate: undefined, scarred: false }] });
    node.tick(1);
    equal(scars(node).length, 1);
  });

  it('are left to the finder by who was only shown the proof, for a while: the finder may be the culprit', () => {
    const node = holding(LEFT);
    accuse(node, FORK);
    node.tick(SCAR_WAIT_MS - 1);
    deepEqual(scars(node), []);
    node.tick(1);
    equal(scars(node).length, 1);
    node.tick(60_000);
    equal(scars(node).length, 1);
  });

  it('are not recorded by who was shown the proof when the finder has done it', () => {
    const node = holding(LEFT);
    accuse(node, FORK);
    bobsScar(node, FORK);
    node.tick(60_000);
    deepEqual(scars(node), []);
  });

  it('are not recorded where the ledger holds one already', () => {
    const node = holding(LEFT, { seals: [{ proof: FORK, certificate: undefined, scarred: true }] });
    node.tick(60_000);
    deepEqual(scars(node), []);
  });

  it('are not recorded by a node that may not write, which seals all the same', () => {
    const node = finder({ key: MALLORY });
    deepEqual(scars(node), []);
    equal(node.ledger(CAROL.peer).length, FORK_SEQ);
  });
});

describe('scars of others', () => {
  it('seal the feed that they accuse, on every node that admits them', () => {
    const node = holding(LEFT);
    const effects = bobsScar(node, FORK);
    equal(bannedFor(effects), undefined);
    equal(node.ledger(BOB.peer).length, 1);
    deepEqual(hashes(node.ledger(CAROL.peer)), hashes(LEFT.slice(0, FORK_SEQ)));
    equal(node.seals.get(CAROL.peer)?.scarred, true);
    node.tick(60_000);
    deepEqual(scars(node), []);
  });

  it('have both signatures of the proof checked, and are refused with a forged one', () => {
    const node = holding(LEFT);
    const [one, other] = FORK.headers;
    const effects = bobsScar(node, { ...FORK, headers: [one, { ...other, signature: one.signature }] });
    equal(bannedFor(effects), 'signature_invalid');
    equal(node.ledger(BOB.peer).length, 0);
    equal(node.ledger(CAROL.peer).length, LEFT.length);
    deepEqual(notes(effects, 'feed_sealed'), []);
  });

  it('of a lower fork move the cut', () => {
    const one = branch(CAROL, 4, 1, 'one');
    const node = holding(LEFT, { seals: [{ proof: FORK, certificate: undefined, scarred: true }] });
    bobsScar(node, forkAt(1, LEFT, one));
    equal(node.seals.get(CAROL.peer)?.proof.seq, 1);
    equal(node.ledger(CAROL.peer).length, 1);
  });

  it('can be appended by people, and then seal as well', () => {
    const node = holding(LEFT);
    only(node.append(scarDraft(FORK)), 'reply');
    equal(node.ledger(ALICE.peer).length, 1);
    equal(node.ledger(CAROL.peer).length, FORK_SEQ);
  });
});
