import { deepEqual, equal, ok } from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { toHex } from '../../../../src/core/bytes.ts';
import { checkpointOf } from '../../../../src/core/ledger/ledger.ts';
import {
  checkpointText,
  cosignCheckpoint,
  keyId,
  LOG_SIGNATURE,
  noteOf,
  signCheckpoint,
} from '../../../../src/core/tlog/note.ts';
import { tlogProof } from '../../../../src/core/tlog/proof.ts';
import { ALICE, BOB, FEDERATION, receipts } from '../fixtures.ts';
import { headOf } from '../sync/sealing-rig.ts';

const ENTRIES = receipts(ALICE, 5);
const TEXT = checkpointText(FEDERATION.id, checkpointOf(headOf(ENTRIES)));
const NAME = `tessrax/${FEDERATION.id}/ledger/${ALICE.peer}`;

/** The lines of a note after its last empty line, each with what its base64 holds. Written after c2sp.org/signed-note, not after our code. */
function signaturesOf(note: string): { text: string; lines: { name: string; id: Uint8Array; rest: Uint8Array }[] } {
  const cut = note.lastIndexOf('\n\n');
  const lines = note
    .slice(cut + 2)
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [dash, name = '', signature = '', ...more] = line.split(' ');
      deepEqual([dash, more], ['—', []]);
      const bytes = new Uint8Array(Buffer.from(signature, 'base64'));
      return { name, id: bytes.slice(0, 4), rest: bytes.slice(4) };
    });
  return { text: note.slice(0, cut + 1), lines };
}

function holds(publicKey: Uint8Array, message: string, signature: Uint8Array): boolean {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
  return verify(null, Buffer.from(message), createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature);
}

describe('checkpoints as signed notes', () => {
  it('have the key IDs that others compute: the published key of the note format', () => {
    const published = Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64');
    equal(published[0], LOG_SIGNATURE);
    const key = published.subarray(1);
    equal(toHex(keyId('PeterNeumann', LOG_SIGNATURE, key)), 'c74f20a3');
    const note =
      'If you think cryptography is the answer to your problem,\n' +
      "then you don't know what your problem is.\n\n" +
      '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
    const { text, lines } = signaturesOf(note);
    ok(lines[0] !== undefined && holds(key, text, lines[0].rest), 'the reader of this test reads notes of others');
  });

  it('are three lines: origin, size, root', () => {
    const [origin, size, root, ...rest] = TEXT.split('\n');
    deepEqual([origin, size, rest], [NAME, '5', ['']]);
    equal(Buffer.from(root ?? '', 'base64').toString('hex'), toHex(checkpointOf(headOf(ENTRIES)).root));
  });

  it('are signed by the log under its origin line', () => {
    const { text, lines } = signaturesOf(noteOf(TEXT, [signCheckpoint(FEDERATION.id, TEXT, ALICE)]));
    equal(text, TEXT);
    const [line, ...more] = lines;
    deepEqual([line?.name, more], [NAME, []]);
    deepEqual(line?.id, keyId(NAME, 0x01, ALICE.publicKey));
    ok(line !== undefined && holds(ALICE.publicKey, text, line.rest));
    ok(!holds(ALICE.publicKey, `${text} `, line.rest));
  });

  it('are cosigned with a time that is signed too', () => {
    const seconds = 1_679_315_147;
    const own = signCheckpoint(FEDERATION.id, TEXT, ALICE);
    const { text, lines } = signaturesOf(noteOf(TEXT, [own, cosignCheckpoint(FEDERATION.id, TEXT, BOB, seconds)]));
    const [, line] = lines;
    if (line === undefined) throw new Error('no cosignature');
    equal(line.name, `tessrax/${FEDERATION.id}/cosigner/${BOB.peer}`);
    deepEqual(line.id, keyId(line.name, 0x04, BOB.publicKey));
    equal(line.rest.length, 72);
    equal(Buffer.from(line.rest).readBigUInt64BE(0), BigInt(seconds));
    ok(holds(BOB.publicKey, `cosignature/v1\ntime ${seconds}\n${text}`, line.rest.slice(8)));
    ok(!holds(BOB.publicKey, `cosignature/v1\ntime ${seconds + 1}\n${text}`, line.rest.slice(8)));
  });

  it('go into proofs: index, path, an empty line, the note', () => {
    const path = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const note = noteOf(TEXT, [signCheckpoint(FEDERATION.id, TEXT, ALICE)]);
    const [head = '', ...rest] = tlogProof(3, path, note).split('\n\n');
    deepEqual(head.split('\n'), [
      'c2sp.org/tlog-proof@v1',
      'index 3',
      ...path.map((hash) => Buffer.from(hash).toString('base64')),
    ]);
    equal(rest.join('\n\n'), note);
    ok(tlogProof(0, [], note).startsWith(`c2sp.org/tlog-proof@v1\nindex 0\n\n${NAME}\n`));
  });
});
