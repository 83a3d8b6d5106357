/** A folder restored from a backup, with real processes: killed, put back to an older copy, started again. */
import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { type Cluster, type DemoNode, makeCluster } from '../../scripts/demo/cluster.ts';

const POLL_MS = 50;
const NODES = 4;

describe('a process whose folder was put back to an older copy', function () {
  this.timeout(120_000);
  let directory = '';
  let cluster: Cluster;
  let node: DemoNode;
  let others: readonly DemoNode[] = [];
  /** Entries of the node's feed that its peers hold. */
  let signed = 0;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-restore-'));
    cluster = await makeCluster(directory, NODES);
    const [first, ...rest] = cluster.nodes;
    const last = rest.pop();
    if (first === undefined || last === undefined) throw new Error('no nodes');
    node = last;
    others = [first, ...rest];
    await cluster.start(first);
    await Promise.all(rest.map((each) => cluster.start(each)));
    await cluster.start(node);
  });
  after(async () => {
    await cluster.stop();
    await rm(directory, { recursive: true });
  });

  /** Appends, as a client does that comes again while the node says that it is `rejoining`: connected is not yet answered. */
  async function appendOnceOpen(text: string): Promise<string> {
    for (;;) {
      try {
        return await node.append({ type: 'RECEIPT', payload: { text } });
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes('"code":"rejoining"')) throw error;
        await pause();
      }
    }
  }

  /** Appends, and waits until every other node holds it. */
  async function append(text: string): Promise<number> {
    const hash = await appendOnceOpen(text);
    for (const other of others) while (!(await other.holds(hash))) await pause();
    signed = (await seqOf(node, hash)) + 1;
    return signed - 1;
  }

  /** What is signed behind the copy is with the others; the node is killed, and its database is the copy again. */
  async function restoreOlder(): Promise<void> {
    const ledger = join(node.directory, 'ledger');
    const backup = join(directory, 'backup');
    await append('before the copy');
    await cluster.stopOne(node);
    await rm(backup, { recursive: true, force: true });
    await cp(ledger, backup, { recursive: true });
    await cluster.start(node);
    for (let i = 0; i < 3; i++) await append(`behind the copy, ${i}`);
    await cluster.kill(node);
    await rm(ledger, { recursive: true });
    await cp(backup, ledger, { recursive: true });
  }

  async function expectHonest(): Promise<void> {
    deepEqual(await Promise.all(cluster.nodes.map((each) => each.scars())), [0, 0, 0, 0]);
    deepEqual(await Promise.all(cluster.nodes.map(async (each) => (await each.sealed()).size)), [0, 0, 0, 0]);
  }

  it('takes over its own longer feed from its peers, and writes behind it', async () => {
    await restoreOlder();
    const before = signed;
    await cluster.start(node);
    equal(await append('after the restore'), before);
    await expectHonest();
  });

  for (const marker of ['with', 'without'] as const) {
    it(`${marker} its marker refuses to write while no peer is there, and writes once enough have answered`, async () => {
      await restoreOlder();
      const before = signed;
      if (marker === 'without') await rm(join(node.directory, 'node.key.signed'));
      await cluster.aside(node, async () => {
        await cluster.start(node);
        await rejects(node.append({ type: 'RECEIPT', payload: { text: 'to nobody' } }), ({ message }: Error) => {
          match(message, /"code":"rejoining"/);
          return true;
        });
      });
      equal(await append('once peers have answered'), before);
      await expectHonest();
    });
  }

  for (const [what, text] of [
    ['says less than the folder holds', `${'1'.padStart(16, '0')} ${'1'.padStart(16, '0')} ${'-'.padEnd(36)}\n`],
    ['is gone', ''],
  ]) {
    it(`its marker, when it ${what}, says it again before the next entry is written`, async () => {
      await cluster.stopOne(node);
      const marker = join(node.directory, 'node.key.signed');
      await writeFile(marker, text ?? '');
      await cluster.start(node);
      while (Number((await readFile(marker, 'utf8')).slice(0, 16)) < signed) await pause();
    });
  }

  it('writes at once when it is told that it is alone: that is on whoever says so', async () => {
    await restoreOlder();
    await cluster.aside(node, async () => {
      await cluster.start(node, '--alone');
      const hash = await node.append({ type: 'RECEIPT', payload: { text: 'another branch' } });
      equal(await seqOf(node, hash), signed - 3);
    });
    for (const each of others) while (!(await each.sealed()).has(node.peerId)) await pause();
  });
});

async function seqOf({ url }: DemoNode, hash: string): Promise<number> {
  const entry: unknown = await (await fetch(`${url}/v1/receipts/${hash}`)).json();
  return typeof entry === 'object' && entry !== null && 'seq' in entry ? Number(entry.seq) : Number.NaN;
}

/** What another process holds gives no event here: it is asked again. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
