import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Owner, prepareFolders } from '../../../scripts/compose-volumes.ts';
import { loadKeyfile } from '../../../src/identity/keyfile.ts';

/** Whom the files belong to in the end: somebody else, where this user may give files away. */
const OWNER: Owner =
  process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

describe('compose volumes', () => {
  let base = '';
  let folders: string[] = [];
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'tessrax-volumes-'));
    folders = ['node1', 'node2', 'node3'].map((name) => join(base, name));
    for (const folder of folders) await mkdir(folder);
  });
  afterEach(() => rm(base, { recursive: true }));

  const contents = (): Promise<string[]> =>
    Promise.all(
      folders.flatMap((folder) => ['node.key', 'federation.json'].map((name) => readFile(join(folder, name), 'utf8'))),
    );

  it('gives each folder its own key and the same federation file, owned by the node', async () => {
    const { federation, members } = await prepareFolders('compose', folders, OWNER);
    assert.deepEqual(
      federation.witnesses.map(({ organisation }) => organisation),
      ['node1', 'node2', 'node3'],
    );
    assert.equal(new Set(members.map(({ peer }) => peer)).size, 3);
    assert.equal(federation.threshold, 3);
    for (const { folder, peer } of members) {
      assert.equal((await loadKeyfile(join(folder, 'node.key'))).peerId, peer);
      const key = await stat(join(folder, 'node.key'));
      assert.deepEqual([key.mode & 0o777, key.uid, key.gid], [0o600, OWNER.uid, OWNER.gid]);
      assert.equal((await stat(folder)).uid, OWNER.uid);
      assert.equal((await stat(join(folder, 'federation.json'))).uid, OWNER.uid);
    }
    const [, first, , second, , third] = await contents();
    assert.equal(first, second);
    assert.equal(second, third);
  });

  it('changes nothing when run again', async () => {
    const first = await prepareFolders('compose', folders, OWNER);
    const before = await contents();
    const second = await prepareFolders('compose', folders, OWNER);
    assert.equal(second.federation.id, first.federation.id);
    assert.deepEqual(await contents(), before);
  });

  it('goes on after being cut off among the keys', async () => {
    const [first = '', ...others] = (await prepareFolders('compose', folders, OWNER)).members.map(({ peer }) => peer);
    for (const folder of folders) await rm(join(folder, 'federation.json'));
    for (const folder of folders.slice(1)) await rm(join(folder, 'node.key'));
    const { federation } = await prepareFolders('compose', folders, OWNER);
    const peers = federation.witnesses.map(({ peer }) => peer);
    assert.equal(peers[0], first);
    assert.ok(!peers.includes(others[0] ?? ''));
  });

  it('goes on after being cut off among the federation files', async () => {
    const { federation } = await prepareFolders('compose', folders, OWNER);
    const before = await contents();
    await rm(join(folders[0] ?? '', 'federation.json'));
    await writeFile(join(folders[0] ?? '', 'federation.json.new'), '{"half');
    assert.equal((await prepareFolders('compose', folders, OWNER)).federation.id, federation.id);
    assert.deepEqual(await contents(), before);
  });

  it('refuses to replace a lost key of a federation', async () => {
    await prepareFolders('compose', folders, OWNER);
    await rm(join(folders[1] ?? '', 'node.key'));
    await assert.rejects(prepareFolders('compose', folders, OWNER), { code: 'volume_lost' });
    await assert.rejects(stat(join(folders[1] ?? '', 'node.key')), { code: 'ENOENT' });
  });

  it('refuses volumes of two federations', async () => {
    await prepareFolders('compose', folders.slice(0, 2), OWNER);
    await prepareFolders('compose', folders.slice(2), OWNER);
    await assert.rejects(prepareFolders('compose', folders, OWNER), { code: 'volume_foreign' });
    // The same federation file everywhere, and a key that it does not name.
    await copyFile(join(folders[0] ?? '', 'federation.json'), join(folders[2] ?? '', 'federation.json'));
    await assert.rejects(prepareFolders('compose', folders, OWNER), { code: 'volume_foreign' });
  });

  it('refuses a federation file that differs in one folder, even with the same members', async () => {
    await prepareFolders('compose', folders, OWNER);
    const path = join(folders[2] ?? '', 'federation.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"threshold":3', '"threshold":2'));
    await assert.rejects(prepareFolders('compose', folders, OWNER), { code: 'volume_foreign' });
  });

  it('refuses a key that others can read, and a federation file that is none', async () => {
    await prepareFolders('compose', folders, OWNER);
    await chmod(join(folders[0] ?? '', 'node.key'), 0o644);
    await assert.rejects(prepareFolders('compose', folders, OWNER), { code: 'keyfile_permissions' });
    await writeFile(join(folders[0] ?? '', 'federation.json'), '{}\n');
    await assert.rejects(prepareFolders('compose', folders, OWNER), { code: 'federation_invalid' });
  });
});
