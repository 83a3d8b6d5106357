/**
 * Three who do not play by the rules: a forger outside the federation, a member that is revoked and goes on, a member that signs two
 * branches of its feed. What they did must be on no honest ledger, and what is on one must be on all.
 */
import { TessraxError } from '../../src/core/errors.ts';
import type { Cluster, DemoNode } from './cluster.ts';
import { BRANCH_ENTRIES, equivocate } from './equivocator.ts';
import { waitUntil } from './screen.ts';

/** Below that many nodes there is no threshold of witnesses without the revoked one. */
export const HOSTILE_NODES_MIN = 4;
const LATE_ENTRIES = 3;

/** Throws `honest_nodes_differ`, `revoked_entry_accepted`, `revoked_connected` unless the honest nodes came through it. */
export async function withHostileMembers(cluster: Cluster, forgedHash: string): Promise<void> {
  const { nodes } = cluster;
  const [revoked, equivocator] = nodes.slice(-2);
  if (revoked === undefined || equivocator === undefined) throw new TessraxError('usage', 'there are no nodes');
  const honest = nodes.slice(0, -2);
  const others = [...honest, equivocator];
  const late = await revokeAndGoOn(cluster, revoked, others);
  process.stdout.write(`${equivocator.name} signs two branches of its feed\n`);
  await equivocate(cluster, equivocator, honest);
  await waitUntil('the proof is on every ledger', honest.length, async () => {
    const scars = await Promise.all(honest.map((each) => each.scars()));
    return scars.filter((count) => count > 0).length;
  });
  await waitUntil('roots are equal, and final', others.length, async () => {
    const all = await Promise.all(others.map((each) => each.status()));
    const [first] = all;
    return all.filter(({ root, height, certified }) => root === first?.root && certified === height).length;
  });
  await report(honest, { forgedHash, revoked, late, equivocator });
}

/** The others revoke a node that is away; cut off from them it writes on under its key, and then meets them. */
async function revokeAndGoOn(cluster: Cluster, node: DemoNode, others: readonly DemoNode[]): Promise<string[]> {
  await cluster.stopOne(node);
  process.stdout.write(
    `${others.map(({ name }) => name).join(', ')} revoke ${node.name}, whose key is said to be stolen\n`,
  );
  for (const other of others) await other.revoke(node.peerId, 'its key was stolen');
  await waitUntil('the revocation is in force', others.length, async () => {
    const sealed = await Promise.all(others.map((other) => other.sealed()));
    return sealed.filter((feeds) => feeds.get(node.peerId)?.reason === 'revocation').length;
  });
  const late: string[] = [];
  await cluster.aside(node, async () => {
    await cluster.start(node, '--alone');
    for (let i = 0; i < LATE_ENTRIES; i++)
      late.push(await node.append({ type: 'RECEIPT', payload: { text: 'signed after the revocation', i } }));
  });
  process.stdout.write(`${node.name} signs ${LATE_ENTRIES} entries more, and tries to give them to the others\n`);
  return late;
}

interface Deeds {
  readonly forgedHash: string;
  readonly revoked: DemoNode;
  readonly late: readonly string[];
  readonly equivocator: DemoNode;
}

/** Says what became of each deed; throws when an honest node was taken in. */
async function report(honest: readonly DemoNode[], { forgedHash, revoked, late, equivocator }: Deeds): Promise<void> {
  const say = (line: string): boolean => process.stdout.write(`  ${line}\n`);
  process.stdout.write('what became of it:\n');
  say(`forger        its entry ${forgedHash.slice(0, 16)}… was refused, and it was dropped`);
  const feed = await sealAlike(honest, equivocator);
  say(
    `equivocator   ${equivocator.name}: two branches of ${BRANCH_ENTRIES}; sealed from entry ${feed.from} on, ${feed.kept} kept, proved by a SCAR on every honest ledger`,
  );
  for (const node of honest) {
    for (const hash of late)
      if (await node.holds(hash)) throw new TessraxError('revoked_entry_accepted', `${node.name} holds ${hash}`);
    if ((await node.connected()).includes(revoked.peerId))
      throw new TessraxError('revoked_connected', `${node.name} is connected to the revoked ${revoked.name}`);
  }
  const { kept } = await sealAlike(honest, revoked);
  say(
    `revoked node  ${revoked.name}: its ${kept} final entries stay; the ${late.length} it signed later are on no honest ledger; nobody talks to it`,
  );
  const roots = new Set(await Promise.all(honest.map(async (node) => (await node.status()).root)));
  if (roots.size !== 1) throw new TessraxError('honest_nodes_differ', 'the honest nodes have different ledger roots');
  say(`honest nodes  ${honest.map(({ name }) => name).join(', ')}: one root`);
}

/** The sealed feed, when all honest nodes keep the same of it. */
async function sealAlike(honest: readonly DemoNode[], { name, peerId }: DemoNode) {
  const feeds = await Promise.all(honest.map(async (node) => (await node.sealed()).get(peerId)));
  const [first] = feeds;
  if (first === undefined || feeds.some((feed) => feed?.kept !== first.kept || feed.from !== first.from))
    throw new TessraxError('honest_nodes_differ', `the honest nodes do not keep the same of the feed of ${name}`);
  return first;
}
