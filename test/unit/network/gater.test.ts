import assert from 'node:assert/strict';
import type { MultiaddrConnection, PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { describe, it } from 'mocha';
import { peerIdOf } from '../../../src/core/peer-id.ts';
import { createGater, type GaterContext, RecentDials } from '../../../src/network/gater.ts';

const [SMALL = '', MIDDLE = '', LARGE = ''] = [1, 2, 3].map((n) => peerIdOf(new Uint8Array(32).fill(n))).toSorted();

describe('network/gater', () => {
  it('lets in and out whom it knows nothing against', async () => {
    const gate = new Gate();
    assert.deepEqual(await gate.verdicts(LARGE), { dial: false, inbound: false, outbound: false });
  });

  it('refuses a banned peer every way, and only dials to a stranger', async () => {
    assert.deepEqual(await new Gate({ banned: true }).verdicts(LARGE), { dial: true, inbound: true, outbound: true });
    assert.deepEqual(await new Gate({ barred: true }).verdicts(LARGE), { dial: true, inbound: false, outbound: false });
  });

  it('keeps the dial of the smaller peer ID when two cross', async () => {
    const gate = new Gate();
    await gate.dial(LARGE);
    await gate.dial(SMALL);
    assert.equal(await gate.inbound(LARGE), true, 'ours is kept, theirs refused');
    assert.equal(await gate.inbound(SMALL), false, 'theirs is kept');
    gate.ageMs = 5;
    assert.equal(await gate.outbound(SMALL), true, 'and ours given up when theirs is there');
    assert.equal(await gate.inbound(LARGE), true, 'also when ours has just been opened');
    assert.deepEqual(gate.dropped, []);
  });

  it('does not refuse a dial because of one of ours that failed', async () => {
    const gate = new Gate();
    await gate.dial(LARGE);
    gate.dials.failed(LARGE);
    assert.equal(await gate.inbound(LARGE), false);
  });

  it('drops the old connection of a peer that dials again, before the new one is let in', async () => {
    for (const peer of [SMALL, LARGE]) {
      const gate = new Gate();
      gate.ageMs = 60_000;
      assert.equal(await gate.inbound(peer), false);
      assert.deepEqual(gate.dropped, [peer]);
    }
  });
});

class Gate {
  readonly dials = new RecentDials();
  readonly dropped: string[] = [];
  ageMs: number | undefined;
  readonly #gater: ReturnType<typeof createGater>;

  constructor({ banned = false, barred = false } = {}) {
    const context: GaterContext = {
      self: MIDDLE,
      dials: this.dials,
      isBanned: () => banned,
      isBarred: () => banned || barred,
      connectionAgeMs: () => this.ageMs,
      dropStale: async (peer) => {
        this.dropped.push(peer);
      },
    };
    this.#gater = createGater(context);
  }

  async verdicts(peer: string): Promise<Record<string, boolean | undefined>> {
    return { outbound: await this.outbound(peer), inbound: await this.inbound(peer), dial: await this.dial(peer) };
  }

  async dial(peer: string): Promise<boolean | undefined> {
    return this.#gater.denyDialPeer?.(peerIdFromString(peer));
  }

  async inbound(peer: string): Promise<boolean | undefined> {
    return call(this.#gater.denyInboundEncryptedConnection, peer);
  }

  async outbound(peer: string): Promise<boolean | undefined> {
    return call(this.#gater.denyOutboundEncryptedConnection, peer);
  }
}

type Hook = ((peer: PeerId, connection: MultiaddrConnection) => Promise<boolean> | boolean) | undefined;

/** The gater looks at the peer only; libp2p hands it the raw connection too. */
async function call(hook: Hook, peer: string): Promise<boolean | undefined> {
  const partial: ((peer: PeerId) => Promise<boolean> | boolean) | undefined =
    hook === undefined ? undefined : (id) => Reflect.apply(hook, undefined, [id]);
  return partial?.(peerIdFromString(peer));
}
