import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Nodes } from './node.ts';

const swarmKey = (digit: string): Uint8Array =>
  new TextEncoder().encode(`/key/swarm/psk/1.0.0/\n/base16/\n${digit.repeat(64)}\n`);

describe('network: a pre-shared key', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stopAll());

  it('connects those who have it, and nobody else; who is kept out learns that it was', async () => {
    const a = await nodes.start({ psk: swarmKey('a') });
    const other = await nodes.start({ psk: swarmKey('b'), bootstrap: [a.address()] });
    const without = await nodes.start({ bootstrap: [a.address()] });
    const member = await nodes.start({ psk: swarmKey('a'), bootstrap: [a.address()] });
    await member.connected(a.peer);
    for (const outsider of [other, without]) {
      await outsider.eventually(() => outsider.network.troubles().length > 0, 'a trouble');
      assert.equal(outsider.network.troubles()[0]?.target, a.peer);
      assert.equal(
        outsider.network.peers().some(({ connected }) => connected),
        false,
      );
    }
  });

  it('refuses to start with what is no key', async () => {
    for (const psk of [new Uint8Array(), new TextEncoder().encode('secret'), swarmKey('a').subarray(0, -8)]) {
      await assert.rejects(nodes.start({ psk }), { code: 'psk_invalid' });
    }
  });
});
