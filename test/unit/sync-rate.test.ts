import { equal, ok } from 'node:assert/strict';
import type { Note } from '../../src/core/events.ts';
import { SyncRate } from '../../src/sync-rate.ts';
import { BOB } from './core/fixtures.ts';

const placed = { origin: BOB.peer, log: 'ledger' as const, seq: 0, hash: new Uint8Array(32), bytes: new Uint8Array() };
const stored = (count: number, local = false): Note => ({
  name: 'entries_stored',
  entries: new Array(count).fill(placed),
  source: BOB.peer,
  local,
  height: 0,
  root: new Uint8Array(32),
});

describe('rate of synchronisation', () => {
  it('comes near to a steady rate, and falls to nothing afterwards', () => {
    const rate = new SyncRate(0);
    equal(rate.perSecond(0), 0);
    for (let second = 1; second <= 60; second++) rate.observe(stored(500), second * 1000);
    ok(Math.abs(rate.perSecond(60_000) - 500) < 50, `${rate.perSecond(60_000)}`);
    ok(rate.perSecond(120_000) < 2, `${rate.perSecond(120_000)}`);
  });

  it('does not count what the node wrote itself', () => {
    const rate = new SyncRate(0);
    rate.observe(stored(1000, true), 1);
    equal(rate.perSecond(1), 0);
  });
});
