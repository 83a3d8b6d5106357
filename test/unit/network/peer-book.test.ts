import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  PEER_ADDRESSES_MAX,
  PEER_AGENT_LENGTH_MAX,
  PEER_BOOK_ENTRIES_MAX,
  STRANGER_MS,
} from '../../../src/core/limits.ts';
import { peerIdOf } from '../../../src/core/peer-id.ts';
import { PeerBook } from '../../../src/network/peer-book.ts';

const A = peer(1);
const B = peer(2);

describe('network/peer-book', () => {
  it('keeps members, their addresses, agent and standing across a restart, and hearsay not', async () => {
    const disk = new Disk();
    const book = disk.book();
    book.met(A, [address(1), address(2)], 'agent/1', address(2));
    book.failures(A, 3);
    book.ban(A, 500);
    book.learn(B, [address(3)]);
    await book.flush();
    const again = disk.book();
    await again.load();
    const entry = again.get(A);
    assert.deepEqual(entry?.addresses, [address(2), address(1)]);
    assert.deepEqual(
      [entry?.agent, entry?.failures, entry?.lastSeenMs, entry?.bannedUntilMs],
      ['agent/1', 3, 1000, 1500],
    );
    assert.equal(entry?.member, true);
    assert.equal(again.isBanned(A), true);
    disk.wallMs = 1500;
    assert.equal(again.isBanned(A), false);
    assert.equal(again.get(B), undefined);
  });

  it('keeps what a member said last that it holds, with the time, and nothing of strangers', async () => {
    const disk = new Disk();
    const book = disk.book();
    book.met(A, [address(1)], '');
    book.learn(B, [address(3)]);
    const root = new Uint8Array(32).fill(7);
    book.heard(A, 12, root);
    book.heard(B, 99, root);
    book.heard(peer(3), 99, root);
    assert.equal(book.get(B)?.lastCheckpoint, undefined);
    assert.equal(book.get(peer(3)), undefined);
    await book.flush();
    const again = disk.book();
    await again.load();
    const kept = again.get(A)?.lastCheckpoint;
    assert.deepEqual([kept?.height, kept?.heardMs], [12, 1000]);
    assert.deepEqual(Buffer.from(kept?.root ?? []), Buffer.from(root));
  });

  it('writes that with what matters more, or much later, and nothing for what is known', async () => {
    const first = new Disk();
    const members = first.book();
    members.met(A, [address(1)], '');
    await members.flush();
    const disk = new Disk(first.text);
    const book = disk.book();
    await book.load();
    book.heard(A, 1, new Uint8Array(32));
    book.failures(A, 1); // sooner than the root alone
    await disk.saved;
    book.heard(A, 1, new Uint8Array(32));
    await book.flush();
    assert.equal(disk.saves, 1);
    book.heard(A, 2, new Uint8Array(32).fill(1));
    await book.flush();
    assert.equal(disk.saves, 2);
  });

  it('shuts nobody out for longer than a ban is when the clock goes back', () => {
    const disk = new Disk();
    disk.wallMs = 86_400_000 * 2;
    const book = disk.book();
    book.ban(A, 60_000);
    book.stranger(B, STRANGER_MS);
    assert.deepEqual([book.isBanned(A), book.isBarred(B)], [true, true]);
    disk.wallMs -= 86_400_000;
    assert.deepEqual([book.isBanned(A), book.isBarred(B)], [false, false]);
    disk.wallMs += 2 * 86_400_000;
    assert.deepEqual([book.isBanned(A), book.isBarred(B)], [false, false]);
  });

  it('writes soon after a change, and once for many', async () => {
    const disk = new Disk();
    const book = disk.book();
    for (let i = 0; i < 50; i++) book.met(peer(i), [address(1)], '');
    assert.equal(disk.saves, 0);
    await disk.saved;
    assert.equal(disk.saves, 1);
    await book.flush();
    assert.equal(disk.saves, 1, 'nothing left to write');
  });

  it('puts the address that worked first, and lets hearsay push out no more than half', () => {
    const book = new Disk().book();
    book.met(
      A,
      Array.from({ length: PEER_ADDRESSES_MAX }, (_, i) => address(i)),
      '',
      address(7),
    );
    const known = book.get(A)?.addresses ?? [];
    assert.equal(known[0], address(7));
    for (let i = 0; i < 100; i++) book.learn(A, [address(1000 + i)]);
    const after = book.get(A)?.addresses ?? [];
    assert.equal(after.length, PEER_ADDRESSES_MAX);
    assert.deepEqual(after.slice(0, PEER_ADDRESSES_MAX / 2), known.slice(0, PEER_ADDRESSES_MAX / 2));
    assert.ok(after.includes(address(1099)), 'the newest hearsay has its place');
  });

  it('takes no address that cannot be dialled, nor another peer’s, and cuts a long agent', () => {
    const book = new Disk().book();
    const bad = ['nonsense', '/ip4/0.0.0.0/tcp/1', '/ip4/192.0.2.1/udp/1', `${address(1)}/p2p/${B}`];
    book.met(A, [...bad, address(2)], 'x'.repeat(10_000), bad[0]);
    assert.deepEqual(book.get(A)?.addresses, [address(2)]);
    assert.equal(book.get(A)?.agent.length, PEER_AGENT_LENGTH_MAX);
    book.learn(B, [...bad.slice(0, 3), `${address(1)}/p2p/${A}`]);
    assert.equal(book.get(B), undefined);
  });

  it('stays bounded: hearsay goes first, members stay, and a full book of members takes no hearsay', () => {
    const book = new Disk().book();
    for (let i = 0; i < 10; i++) book.met(peer(i), [address(1)], '');
    for (let i = 10; i < PEER_BOOK_ENTRIES_MAX + 200; i++) book.learn(peer(i), [address(1)]);
    assert.equal([...book.entries()].length, PEER_BOOK_ENTRIES_MAX);
    for (let i = 0; i < 10; i++) assert.equal(book.get(peer(i))?.member, true);
    for (let i = 0; i < PEER_BOOK_ENTRIES_MAX; i++) book.met(peer(i), [address(1)], '');
    book.learn(peer(99_999), [address(1)]);
    assert.equal(book.get(peer(99_999)), undefined);
    book.met(peer(99_999), [address(1)], '');
    assert.equal(book.get(peer(99_999))?.member, true);
    assert.equal([...book.entries()].length, PEER_BOOK_ENTRIES_MAX);
  });

  it('remembers bans and strangers among hearsay', () => {
    const disk = new Disk();
    const book = disk.book();
    book.ban(A, 100);
    book.stranger(B, 100);
    for (let i = 10; i < PEER_BOOK_ENTRIES_MAX + 200; i++) book.learn(peer(i), [address(1)]);
    assert.deepEqual([book.isBanned(A), book.isBarred(A)], [true, true]);
    assert.deepEqual([book.isBanned(B), book.isBarred(B)], [false, true]);
    disk.wallMs += 100;
    assert.deepEqual([book.isBarred(A), book.isBarred(B)], [false, false]);
  });

  const corrupt: readonly string[] = [
    '',
    'null',
    '[]',
    '{"v":2,"peers":[]}',
    '{"v":1}',
    '{"v":1,"peers":[{"peer":1}]}',
    '{"v":1,"peers":[',
  ];
  for (const text of corrupt) {
    it(`begins anew, and says so, on ${text || 'an empty text'}`, async () => {
      const disk = new Disk(text);
      const book = disk.book();
      await book.load();
      assert.deepEqual([...book.entries()], []);
      assert.deepEqual(disk.failures, ['load']);
    });
  }

  it('skips what is not a peer', async () => {
    const saved = { addresses: [address(1)], agent: '', last_seen_ms: 1, failures: 0, banned_until_ms: 0 };
    const disk = new Disk(
      JSON.stringify({
        v: 1,
        peers: [
          { ...saved, peer: 'nobody' },
          { ...saved, peer: A },
        ],
      }),
    );
    const book = disk.book();
    await book.load();
    assert.deepEqual(
      [...book.entries()].map((entry) => entry.peer),
      [A],
    );
  });

  it('goes on when the disk does not', async () => {
    const disk = new Disk();
    disk.broken = true;
    const book = disk.book();
    await book.load();
    book.met(A, [address(1)], '');
    await book.flush();
    assert.deepEqual(disk.failures, ['load', 'save']);
    assert.equal(book.get(A)?.member, true);
  });
});

class Disk {
  text: string | undefined;
  wallMs = 1000;
  saves = 0;
  broken = false;
  readonly failures: string[] = [];
  readonly saved: Promise<void>;
  #resolve: () => void = () => {};

  constructor(text?: string) {
    this.text = text;
    this.saved = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  book(): PeerBook {
    return new PeerBook({
      storage: { load: async () => this.#checked(this.text), save: async (json) => this.#save(json) },
      wallMs: () => this.wallMs,
      failed: (action) => this.failures.push(action),
    });
  }

  #save(json: string): void {
    this.text = this.#checked(json);
    this.saves++;
    this.#resolve();
  }

  #checked<T>(value: T): T {
    if (this.broken) throw new Error('disk full');
    return value;
  }
}

function peer(number: number): string {
  const key = Buffer.alloc(32);
  key.writeUInt32BE(number);
  return peerIdOf(key);
}

function address(number: number): string {
  return `/ip4/192.0.2.1/tcp/${1000 + number}`;
}
