/** A member that signs two branches: its folder is put back to an earlier state, and it writes on from there where nobody can tell it. */
import { cp, rm } from 'node:fs/promises';
import type { Cluster, DemoNode } from './cluster.ts';
import { waitUntil } from './screen.ts';

export const BRANCH_ENTRIES = 3;

/** Makes `node` sign a second branch of its feed, when one of the others holds the first. It runs again afterwards, among the others. */
export async function equivocate(cluster: Cluster, node: DemoNode, others: readonly DemoNode[]): Promise<void> {
  const backup = `${node.directory}.backup`;
  await cluster.stopOne(node);
  await cp(node.directory, backup, { recursive: true });
  await cluster.start(node);
  const first = await appendBranch(node, 'one branch');
  await waitUntil('one branch is with another', 1, async () => {
    const held = await Promise.all(others.map((other) => other.holds(first)));
    return held.includes(true) ? 1 : 0;
  });
  await cluster.stopOne(node);
  await rm(node.directory, { recursive: true });
  await cp(backup, node.directory, { recursive: true });
  await cluster.aside(node, async () => {
    await cluster.start(node, '--alone'); // the rejoin guard would have asked the others first
    await appendBranch(node, 'another branch');
    await cluster.kill(node);
  });
  await cluster.start(node);
}

/** The hash of the branch's last entry. */
async function appendBranch(node: DemoNode, text: string): Promise<string> {
  let last = '';
  for (let i = 0; i < BRANCH_ENTRIES; i++) last = await node.append({ type: 'RECEIPT', payload: { text, i } });
  return last;
}
