/** Other witnesses with real nodes: one removed and admitted again, another removed, and what they certify then. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { RunningNode } from '../../src/compose.ts';
import { toHex } from '../../src/core/bytes.ts';
import { certificateFindings, readCertificate } from '../../src/core/certificate.ts';
import { openBackend } from '../../src/verify/backend.ts';
import { createInlineVerifier } from '../../src/verify/inline.ts';
import { TestFederation } from './federation.ts';

async function post(node: RunningNode, path: string, body: object): Promise<{ hash: string }> {
  const response = await fetch(`${node.apiUrl}/v1/governance/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const json: { hash: string } = JSON.parse(await response.text());
  assert.equal(response.status, 201, JSON.stringify(json));
  return json;
}

/** A change that these members propose and vote for; resolves when it is in force everywhere. */
async function adopt(federation: TestFederation, voters: readonly RunningNode[], change: object): Promise<void> {
  const [first] = voters;
  assert.ok(first !== undefined);
  const epoch = first.handle.governance().epoch;
  const { hash } = await post(first, 'proposals', change);
  await federation.until(() =>
    voters.every(({ handle }) => handle.governance().proposals.some((proposal) => proposal.hash === hash)),
  );
  for (const voter of voters) await post(voter, 'votes', { proposal: hash, choice: 'yes' });
  await federation.until((all) => all.every(({ handle }) => handle.electorates().at(-1)?.since === epoch + 1));
}

function allFinal({ handle }: RunningNode, height: number): boolean {
  const status = handle.status();
  return status.height === height && status.certifiedHeight === height;
}

describe('epochs', () => {
  let federation: TestFederation;
  beforeEach(async () => {
    openBackend();
    federation = await TestFederation.create('a', 'b', 'c', 'd', 'e');
  });
  afterEach(() => federation.close());

  it('certifies with who was admitted and without who was removed, and who begins anew learns of both', async () => {
    const nodes: RunningNode[] = [];
    for (const name of federation.names) nodes.push(await federation.start(name));
    const [a, b, c, d, e] = nodes;
    assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined && e !== undefined);
    await federation.until((all) => all.every(({ handle }) => handle.status().peersConnected === 4));
    await a.append([{ type: 'RECEIPT', body: { payload: { of: 'the founders' } } }]);
    await adopt(federation, [a, b, c, d], { kind: 'remove', peer: e.handle.peerId });
    await adopt(federation, [a, b, c, d], { kind: 'admit', peer: e.handle.peerId, organisation: 'e' });
    await adopt(federation, [a, b, c, e], { kind: 'remove', peer: d.handle.peerId });
    const height = a.handle.status().height;
    await federation.until((all) => all.every((node) => allFinal(node, height)));

    // Of the four that are left three certify: without e nothing would be final now. A vote of d counts nowhere.
    await federation.stop('a');
    const [receipt] = await b.append([{ type: 'RECEIPT', body: { payload: { of: 'those elected' } } }]);
    await federation.until((all) => all.every((node) => allFinal(node, height + 1)));
    assert.ok(receipt !== undefined);
    const voters = new Set((await b.handle.store.votes(b.handle.peerId)).map(({ witness }) => witness));
    assert.ok(voters.has(e.handle.peerId));

    const answer = await fetch(`${b.apiUrl}/v1/receipts/${toHex(receipt.hash)}/certificate`);
    assert.equal(answer.status, 200);
    const { jobs, electorate } = certificateFindings(readCertificate(JSON.parse(await answer.text())));
    assert.ok((await createInlineVerifier().verify(jobs)).every(Boolean));
    assert.deepEqual(
      [electorate.since, [...electorate.witnesses].sort()],
      [3, [a, b, c, e].map(({ handle }) => handle.peerId).sort()],
    );

    // Who starts with nothing but the federation file comes to the same.
    await federation.stop('d');
    await rm(join(federation.directory, 'd'), { recursive: true });
    const late = await federation.start('d');
    await federation.until(() => allFinal(late, height + 1) && late.handle.electorates().length === 4);
  });
});
