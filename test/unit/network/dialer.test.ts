import assert from 'node:assert/strict';
import type { Connection } from '@libp2p/interface';
import { describe, it } from 'mocha';
import { DIAL_FAILURES_UNMET_MAX, DIALS_AT_ONCE_MAX } from '../../../src/core/limits.ts';
import { peerIdOf } from '../../../src/core/peer-id.ts';
import { type DialAddress, parseAddress } from '../../../src/network/address.ts';
import { Dialer } from '../../../src/network/dialer.ts';
import { PeerBook } from '../../../src/network/peer-book.ts';

const SELF = peer(0);

describe('network/dialer', () => {
  const lines: Line[] = [];
  afterEach(() => {
    for (const line of lines.splice(0)) line.dialer.stop();
  });

  function line(bootstrap: readonly string[] = []): Line {
    const made = new Line(bootstrap);
    lines.push(made);
    return made;
  }

  it('gives up on hearsay after some failures, and on members and bootstrap peers never', async () => {
    const { book, dialer, dialled } = line([`${address(3)}/p2p/${peer(3)}`]);
    book.met(peer(1), [address(1)], '');
    book.learn(peer(2), [address(2)]);
    dialer.start();
    const count = (number: number) => dialled.filter((text) => text.includes(peer(number))).length;
    await lines[0]?.until(() => count(1) > 3 * DIAL_FAILURES_UNMET_MAX && count(3) > 3 * DIAL_FAILURES_UNMET_MAX);
    assert.equal(count(2), DIAL_FAILURES_UNMET_MAX);
    assert.equal(book.get(peer(2)), undefined);
  });

  it('dials a few at once, bootstrap peers first, then members, then hearsay', async () => {
    const one = line([`${address(90)}/p2p/${peer(90)}`, address(91)]);
    one.hangs = true;
    for (let i = 1; i <= 20; i++) one.book.learn(peer(i), [address(i)]);
    for (let i = 21; i <= 24; i++) one.book.met(peer(i), [address(i)], '');
    one.dialer.start();
    await one.until(() => one.dialled.length >= DIALS_AT_ONCE_MAX);
    assert.equal(one.dialled.length, DIALS_AT_ONCE_MAX);
    assert.deepEqual(one.dialled.slice(0, 2).toSorted(), [`${address(90)}/p2p/${peer(90)}`, address(91)].toSorted());
    assert.deepEqual(
      one.dialled.slice(2, 6),
      [21, 22, 23, 24].map((i) => `${address(i)}/p2p/${peer(i)}`),
    );
    assert.ok(one.dialled.slice(6).every((text) => /tcp\/10\d\d\/p2p/.test(text)));
  });

  it('leaves alone itself, the connected, the banned and the strangers', async () => {
    const one = line([`${address(1)}/p2p/${SELF}`]);
    for (const number of [2, 3, 4, 5]) one.book.met(peer(number), [address(number)], '');
    one.connected.add(peer(2));
    one.book.ban(peer(3), 60_000);
    one.book.stranger(peer(4), 60_000);
    one.dialer.start();
    await one.until(() => one.dialled.length >= 10);
    assert.deepEqual([...new Set(one.dialled)], [`${address(5)}/p2p/${peer(5)}`]);
  });

  it('dials a bootstrap peer again that a flood of hearsay has pushed out of the book', async () => {
    const one = line([`${address(1)}/p2p/${peer(1)}`]);
    one.dialer.start();
    await one.until(() => one.dialled.length >= 1);
    one.book.forget(peer(1));
    const before = one.dialled.length;
    await one.until(() => one.dialled.length >= before + 2);
  });
});

/** A dialer whose dials all fail, or hang, and whose dice always say `now`. */
class Line {
  readonly dialled: string[] = [];
  readonly connected = new Set<string>();
  readonly book: PeerBook;
  readonly dialer: Dialer;
  hangs = false;
  #look: () => void = () => {};

  constructor(bootstrap: readonly string[]) {
    const storage = { load: async () => undefined, save: async () => {} };
    this.book = new PeerBook({ storage, wallMs: () => 1000, failed: () => {} });
    this.dialer = new Dialer({
      node: { dial: (target) => this.#dial([target].flat().map(String)) },
      self: SELF,
      book: this.book,
      bootstrap: bootstrap.map(parsed),
      random: () => 0,
      isConnected: (name) => this.connected.has(name),
      memberCount: () => this.connected.size,
      failedDial: () => {},
      failed: () => {},
    });
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => holds() && resolve();
      this.#look();
    });
  }

  async #dial(texts: readonly string[]): Promise<Connection> {
    this.dialled.push(...texts);
    // After the turn, so that a look at the list finds all dials of the turn.
    setImmediate(() => this.#look());
    return this.hangs ? new Promise(() => {}) : Promise.reject(new Error('refused'));
  }
}

function parsed(text: string): DialAddress {
  const read = parseAddress(text);
  assert.ok(read);
  return read;
}

function peer(number: number): string {
  return peerIdOf(new Uint8Array(32).fill(number + 1));
}

function address(number: number): string {
  return `/ip4/192.0.2.1/tcp/${1000 + number}`;
}
