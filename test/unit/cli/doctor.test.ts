import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import { checkFederation, checkKey } from '../../../src/cli/doctor/folder.ts';
import { checkClock, checkDisk, checkMulticast, checkRuntime } from '../../../src/cli/doctor/machine.ts';
import { checkBootstrap, checkPorts } from '../../../src/cli/doctor/reach.ts';
import { type Config, loadConfig } from '../../../src/config.ts';
import { createKeyfile } from '../../../src/identity/keyfile.ts';
import { ALICE, FEDERATION_FILE } from '../core/fixtures.ts';
import { ApiRig } from '../node-rig.ts';
import { run } from './run.ts';

const NOW_MS = Date.UTC(2030, 0, 1);
const verdicts = (findings: readonly Finding[]): string[] => findings.map(({ verdict }) => verdict);

describe('what doctor finds on a machine', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-doctor-'));
    await mkdir(join(directory, 'ledger'));
    await writeFile(join(directory, 'ledger', 'CURRENT'), '');
    await utimes(join(directory, 'ledger', 'CURRENT'), NOW_MS / 1000, NOW_MS / 1000);
  });
  after(() => rm(directory, { recursive: true }));

  it('refuses a runtime that is too old', () => {
    const versions = ['20.20.2', '22.17.9', '22.18.0', '24.0.0', 'v?'];
    deepEqual(verdicts(versions.map(checkRuntime)), ['failed', 'failed', 'ok', 'ok', 'failed']);
  });

  it('sees a clock that was never set, and one behind the node’s own files', async () => {
    equal((await checkClock(directory, Date.UTC(1970, 0, 1))).verdict, 'failed');
    equal((await checkClock(directory, NOW_MS - 20_000)).verdict, 'ok');
    const behind = await checkClock(directory, NOW_MS - 7_200_000);
    deepEqual([behind.verdict, behind.what.includes('2 h before the ledger')], ['failed', true]);
    equal((await checkClock(join(directory, 'nowhere'), NOW_MS)).verdict, 'ok');
  });

  it('looks at the disk of a folder, and says when there is none', async () => {
    match((await checkDisk(directory)).what, /MiB free/);
    equal((await checkDisk(join(directory, 'nowhere'))).verdict, 'skipped');
  });

  it('does not try multicast when mDNS is off', async () => {
    equal((await checkMulticast(false)).verdict, 'skipped');
  });

  it('sees a key that others can read, and one that is missing', async () => {
    const path = join(directory, 'node.key');
    await createKeyfile(path, 'pem');
    equal((await checkKey(path)).finding.verdict, 'ok');
    await chmod(path, 0o644);
    const { finding } = await checkKey(path);
    deepEqual([finding.verdict, finding.remedy.includes('chmod')], ['failed', true]);
    match((await checkKey(`${path}.no`)).finding.remedy, /tessrax keygen/);
  });

  it('says what the key may do in the federation', async () => {
    const path = join(directory, 'federation.json');
    await writeFile(path, JSON.stringify(FEDERATION_FILE));
    match((await checkFederation(path, ALICE.peer)).what, /as a witness/);
    equal((await checkFederation(`${path}.no`, ALICE.peer)).verdict, 'failed');
    await writeFile(path, '{"v":1}');
    equal((await checkFederation(path, undefined)).verdict, 'failed');
  });
});

describe('what doctor finds on the network', () => {
  let server: Server;
  let port = 0;
  before(async () => {
    server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  after(() => server.close());

  const config = async (flags: object): Promise<Config> =>
    await loadConfig({ flags: { directory: '/nonexistent', ...flags }, environment: {} });

  it('sees a port that another program has, and one that the running node does not listen on', async () => {
    const taken = [`/ip4/127.0.0.1/tcp/${port}`];
    const [busy] = await checkPorts(taken, false);
    deepEqual([busy?.verdict, busy?.what.includes('EADDRINUSE')], ['failed', true]);
    deepEqual(verdicts(await checkPorts(taken, true)), ['ok']);
    const closed = ['/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/udp/1'];
    deepEqual(verdicts(await checkPorts(closed, true)), ['failed', 'ok', 'failed']);
  });

  it('tries the nodes to begin with', async () => {
    const both = await config({ bootstrap: [`/ip4/127.0.0.1/tcp/${port}`, `/ip4/127.0.0.1/tcp/1/p2p/${ALICE.peer}`] });
    const [up, down] = await checkBootstrap(both);
    equal(up?.verdict, 'ok');
    deepEqual([down?.verdict, down?.what.includes('ECONNREFUSED')], ['warning', true]);
    deepEqual(verdicts(await checkBootstrap(await config({}))), ['skipped']);
    deepEqual(verdicts(await checkBootstrap(await config({ mdns: false }))), ['warning']);
  });
});

describe('tessrax doctor', function () {
  this.timeout(30_000);
  let rig: ApiRig;
  before(async () => {
    rig = await ApiRig.start('127.0.0.1:0');
  });
  after(() => rig.stop());

  it('says what is wrong and what to do, and answers no', async () => {
    const { code, out, err } = await run(['doctor', '--dir', rig.directory]);
    deepEqual([code, err], [1, '']);
    match(out, /^✗ key {12}there is no keyfile .*\n {17}→ make one: tessrax keygen/m);
    match(out, /^✓ federation /m);
    match(out, /^✓ node {11}answers at http:\/\/127\.0\.0\.1:\d+$/m);
    match(out, /^✗ peers {10}0 because none was found yet/m);
    match(out, /\d failures?, \d warnings?\n$/);
  });

  it('prints one object a finding with --json', async () => {
    const { code, out } = await run(['doctor', '--dir', rig.directory, '--json']);
    equal(code, 1);
    const findings = out
      .trimEnd()
      .split('\n')
      .map((line) => Object.keys(JSON.parse(line)).join());
    ok(findings.length > 8);
    deepEqual([...new Set(findings)], ['check,verdict,what,remedy']);
  });
});
