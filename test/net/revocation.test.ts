/** Revocation with real nodes: a threshold of witnesses speaks, the feed is sealed everywhere, and the node is shut out. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { RunningNode } from '../../src/compose.ts';
import { TestFederation } from './federation.ts';

async function revoke(node: RunningNode, target: string): Promise<Response> {
  return fetch(`${node.apiUrl}/v1/revocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ target, reason: 'its key was stolen' }),
  });
}

describe('revocation', () => {
  let federation: TestFederation;
  beforeEach(async () => {
    federation = await TestFederation.create('a', 'b', 'c', 'd');
  });
  afterEach(() => federation.close());

  it('is in force with a threshold of witnesses, on every node, and shuts the node out', async () => {
    const nodes: RunningNode[] = [];
    for (const name of federation.names) nodes.push(await federation.start(name));
    const [a, b, c, d] = nodes;
    assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined);
    await federation.until((all) => all.every(({ handle }) => handle.status().peersConnected === 3));
    await d.append([{ type: 'RECEIPT', body: { payload: { before: 'the revocation' } } }]);
    await federation.until((all) => all.every(({ handle }) => handle.status().certifiedHeight === 1));

    assert.equal((await revoke(a, d.handle.peerId)).status, 201);
    assert.equal((await revoke(b, d.handle.peerId)).status, 201);
    await federation.untilEqual(3);
    assert.ok(
      nodes.every(({ handle }) => handle.revocations().every(({ inForce }) => !inForce)),
      'two of three needed',
    );

    assert.equal((await revoke(c, d.handle.peerId)).status, 201);
    const honest = [a, b, c];
    await federation.until(() =>
      honest.every(
        ({ handle }) => handle.revocations().some(({ inForce }) => inForce) && handle.status().peersConnected === 2,
      ),
    );
    await federation.until(() => honest.every(({ handle }) => handle.status().certifiedHeight === 4));
    assert.equal(new Set(honest.map(({ handle }) => Buffer.from(handle.status().root).toString('hex'))).size, 1);
    assert.deepEqual(
      honest.map(({ handle }) => handle.heads().find(({ origin }) => origin === d.handle.peerId)?.size),
      [1, 1, 1],
      'what was final stays',
    );
  });
});
