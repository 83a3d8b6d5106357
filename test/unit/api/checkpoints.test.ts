import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { leafHash } from '../../../src/core/merkle/hash.ts';
import { verifyInclusion } from '../../../src/core/merkle/verify.ts';
import { ALICE, CAROL, FEDERATION } from '../core/fixtures.ts';
import { ApiRig, listOf } from '../node-rig.ts';
import { cutStore, prefixStore } from '../sealed-scene.ts';

const COUNT = 5;
const NAME = `tessrax/${FEDERATION.id}`;

describe('api: checkpoints in the forms of other logs', () => {
  let api: ApiRig;
  let hashes: string[] = [];
  before(async () => {
    api = await ApiRig.start(undefined, undefined, prefixStore());
    const drafts = Array.from({ length: COUNT }, (_, n) => ({ payload: { n } }));
    hashes = listOf(await api.post('/v1/receipts', drafts), 'entries').map(({ hash }) => String(hash));
  });
  after(() => api.stop());

  const names = (text: string): string[] =>
    text
      .slice(text.lastIndexOf('\n\n') + 2)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '');

  it('of its own feed are signed as the log, and cosigned when asked', async () => {
    const { status, type, text } = await api.get(`/v1/feeds/${ALICE.peer}/checkpoint`);
    deepEqual([status, type.split(';')[0]], [200, 'text/plain']);
    deepEqual(text.split('\n').slice(0, 2), [`${NAME}/ledger/${ALICE.peer}`, String(COUNT)]);
    deepEqual(names(text), [`${NAME}/ledger/${ALICE.peer}`]);
    const cosigned = await api.get(`/v1/feeds/${ALICE.peer}/checkpoint?cosign=true`);
    deepEqual(names(cosigned.text), [`${NAME}/ledger/${ALICE.peer}`, `${NAME}/cosigner/${ALICE.peer}`]);
  });

  it('of the feed of another are cosigned, never signed as the log', async () => {
    const { text } = await api.get(`/v1/feeds/${CAROL.peer}/checkpoint`);
    match(text, new RegExp(`^${NAME}/ledger/${CAROL.peer}\n20\n`));
    deepEqual(names(text), [`${NAME}/cosigner/${ALICE.peer}`]);
  });

  it('stand under the proof of a receipt, whose path leads to their root', async () => {
    const { text } = await api.get(`/v1/receipts/${hashes[3]}/tlog-proof`);
    const [head = '', body = ''] = text.split('\n\n');
    const [format, index, ...path] = head.split('\n');
    const [, size, root = ''] = body.split('\n');
    deepEqual([format, index, size], ['c2sp.org/tlog-proof@v1', 'index 3', String(COUNT)]);
    const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
    const leaf = leafHash(Uint8Array.from(Buffer.from(hashes[3] ?? '', 'hex')));
    ok(verifyInclusion({ index: 3, size: COUNT, root: bytes(root), leafHash: leaf, proof: path.map(bytes) }));
  });

  for (const [path, status] of [
    ['/v1/feeds/nobody/checkpoint', 400],
    [`/v1/feeds/${ALICE.peer}/checkpoint?cosign=maybe`, 400],
    [`/v1/feeds/12D3KooWHmk93AwRCotZxbFtx3DNMhnbZ1r9urs4ctyCvLUJ3Ccg/checkpoint`, 404],
    ['/v1/receipts/xyz/tlog-proof', 400],
    [`/v1/receipts/${'ab'.repeat(32)}/tlog-proof`, 404],
  ] as const) {
    it(`refuse ${path}`, async () => equal((await api.get(path)).status, status));
  }

  it('are not given of a sealed feed: it had others before', async () => {
    const sealed = await ApiRig.start(undefined, undefined, cutStore());
    const { status, json } = await sealed.get(`/v1/feeds/${CAROL.peer}/checkpoint`);
    deepEqual([status, json['code']], [403, 'feed_sealed']);
    await sealed.stop();
  });
});
