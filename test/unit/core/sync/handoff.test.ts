/** Taking over from one set of witnesses to the next: whom a node must have caught up with, and when it counts itself. */
import { equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { DAVE, decisionBytes, decisionOfEpoch } from '../../../../scripts/vectors/epochs.ts';
import { EMPTY_ROOT } from '../../../../src/core/merkle/hash.ts';
import { signHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { ALICE, BOB, CAROL, EPOCH_MS, FEDERATION, type TestKey } from '../fixtures.ts';
import { Harness, notes } from './harness.ts';

/** Alice, Bob and Carol, all three of them; then Dave too, three of four; then Bob, Carol and Dave. */
const DECISIONS = [decisionOfEpoch(0), decisionOfEpoch(1)].map(decisionBytes);
/** The same, but for Dave's time four of four are asked for. */
const UNANIMOUS = [
  decisionOfEpoch(0, { more: { threshold: 4 } }),
  decisionOfEpoch(1, { by: [ALICE, BOB, CAROL, DAVE], more: { threshold: 3 } }),
].map(decisionBytes);

let counter = 0;

/** A witness says that it holds nothing yet, and with whom it votes. */
function says(node: Harness, key: TestKey, epoch: number, { closed = false, feeds = 0 } = {}): void {
  const nothing = { timestampMs: EPOCH_MS, height: 0, feeds, root: EMPTY_ROOT };
  const journal = { origin: key.peer, size: 0, root: EMPTY_ROOT };
  const place = { federation: FEDERATION.id, node: key.peer, epoch, closed, counter: counter++ };
  const effects = node.gossip(
    'heartbeat',
    key,
    signHeartbeat({ ...place, ...nothing, journal, checkpoints: [] }, key.sign),
  );
  equal(notes(effects, 'heartbeat_received').length, 1);
}

/** A node that knows the decisions and votes with the first witnesses still, or, as Dave, has never voted. */
function behind(key: TestKey, decisions: readonly Uint8Array[], votingSince = 0): Harness {
  return Harness.running(key, { decisions, votingSince });
}

describe('taking over', () => {
  it('waits for a threshold of those before, when they have stopped', () => {
    const node = behind(ALICE, DECISIONS.slice(0, 1));
    says(node, BOB, 0, { closed: true });
    says(node, CAROL, 0);
    equal(node.state.handoff.votes, 0);
    says(node, CAROL, 0, { closed: true });
    equal(node.state.handoff.votes, 1);
  });

  it('does not count who holds something else', () => {
    const node = behind(ALICE, DECISIONS.slice(0, 1));
    says(node, BOB, 0, { closed: true });
    says(node, CAROL, 0, { closed: true, feeds: 1 });
    equal(node.state.handoff.votes, 0);
  });

  it('of a set that it never voted with, counts itself among those who stopped', () => {
    const node = behind(DAVE, DECISIONS);
    says(node, BOB, 2);
    equal(node.state.handoff.votes, 0);
    says(node, CAROL, 2);
    equal(node.state.handoff.votes, 2);
  });

  it('but not where all of that set must vote: no honest one might be left to catch up with', () => {
    const node = behind(DAVE, UNANIMOUS);
    says(node, ALICE, 1, { closed: true });
    says(node, BOB, 2);
    says(node, CAROL, 2);
    equal(node.state.handoff.votes, 0);
  });

  it('counts itself there when it did vote with them', () => {
    const node = behind(DAVE, UNANIMOUS, 1);
    says(node, ALICE, 1, { closed: true });
    says(node, BOB, 2);
    equal(node.state.handoff.votes, 1);
    says(node, CAROL, 2);
    equal(node.state.handoff.votes, 2);
  });

  it('does not count itself of a set that it was not in', () => {
    const node = behind(DAVE, DECISIONS.slice(0, 1));
    says(node, BOB, 0, { closed: true });
    says(node, CAROL, 0, { closed: true });
    equal(node.state.handoff.votes, 0);
    says(node, ALICE, 0, { closed: true });
    equal(node.state.handoff.votes, 1);
  });
});
