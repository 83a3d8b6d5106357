import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { BinaryReader } from '../../../../src/core/binary.ts';
import { compareBytes, toHex } from '../../../../src/core/bytes.ts';
import type { JsonObject } from '../../../../src/core/entry/canonical-json.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import {
  encodeFork,
  examineFork,
  type ForkProof,
  forkOfPayload,
  forkPayload,
  forkProof,
  headerHash,
  readFork,
} from '../../../../src/core/ledger/fork.ts';
import { FORK_PROOF_BYTES_MAX } from '../../../../src/core/limits.ts';
import { ALICE, CAROL, FEDERATION, isValid, OPEN_FEDERATION, plain } from '../fixtures.ts';
import { at, branch, forkAt, headerOf } from '../forks.ts';
import { byteRefusals, hex, text, vectorList } from '../vectors.ts';

const LEFT = branch(CAROL, 4, 2, 'left');
const RIGHT = branch(CAROL, 4, 2, 'right');
const FORK = forkAt(2, LEFT, RIGHT);

function read(bytes: Uint8Array): ForkProof {
  const reader = new BinaryReader(bytes);
  const proof = readFork(reader);
  reader.end();
  return proof;
}

/** Throws what is wrong with a proof, its signatures included. */
function check(proof: ForkProof, federation = FEDERATION.id): void {
  if (!examineFork(proof, federation).every(isValid)) throw new TessraxError('signature_invalid', 'does not hold');
}

describe('fork proof (R-91)', () => {
  for (const vector of vectorList('proofs.json', 'forks')) {
    it(`${text(vector.name)} of the vectors holds, and is written again byte for byte`, () => {
      const proof = read(hex(vector.bytes));
      check(proof);
      equal(toHex(encodeFork(proof)), vector.bytes);
    });
  }

  it('is the same whoever puts it together, the lower hash first', () => {
    deepEqual(plain(forkAt(2, RIGHT, LEFT)), plain(FORK));
    const [first, second] = FORK.headers.map((header) => headerHash(FORK, header, FEDERATION.id));
    ok(first !== undefined && second !== undefined && compareBytes(first, second) < 0);
    deepEqual([first, second].map(toHex).sort(), [LEFT, RIGHT].map((entries) => toHex(at(entries, 2).hash)).sort());
  });

  it('is small', () => ok(encodeFork(FORK).length <= FORK_PROOF_BYTES_MAX));

  it('is none of one and the same header', () => {
    const header = headerOf(at(LEFT, 2));
    equal(forkProof(at(LEFT, 2), header, header, FEDERATION.id), undefined);
  });
});

describe('fork proof: refused', () => {
  for (const { what, bytes, code } of byteRefusals('forks', 'refused-proofs.json')) {
    it(`${what}: ${code}`, () => throws(() => check(read(hex(bytes))), { code }));
  }

  it('of another federation', () => {
    const { headers, ...place } = FORK;
    const [one, other] = headers;
    const there = forkProof(place, one, other, OPEN_FEDERATION.id);
    ok(there !== undefined);
    throws(() => check(there, OPEN_FEDERATION.id), { code: 'signature_invalid' });
  });

  it('of entries that follow different predecessors: later places of two branches prove nothing', () => {
    const proof = forkProof(at(LEFT, 3), headerOf(at(LEFT, 3)), headerOf(at(RIGHT, 3)), FEDERATION.id);
    ok(proof !== undefined);
    throws(() => check(proof), { code: 'signature_invalid' });
  });
});

describe('fork proof in a scar (R-92)', () => {
  const payload = forkPayload(FORK, FEDERATION.id);

  it('is read as it was written', () => {
    const proof = forkOfPayload(payload, FEDERATION.id);
    deepEqual(plain(proof), plain(FORK));
  });

  it('is none where none is claimed', () => {
    equal(forkOfPayload({}, FEDERATION.id), undefined);
    equal(forkOfPayload({ kind: 'equivocation' }, FEDERATION.id), undefined);
    equal(forkOfPayload({ ...payload, kind: 'disagreement' }, FEDERATION.id), undefined);
  });

  const [lower, higher] = Array.isArray(payload.hashes) ? payload.hashes : [];
  const proofHex = text(payload.proof);
  const cases: readonly (readonly [string, JsonObject, string])[] = [
    ['that accuses another', { ...payload, origin: ALICE.peer }, 'fork_proof_invalid'],
    ['for another place', { ...payload, seq: 3 }, 'fork_proof_invalid'],
    ['without hashes', { kind: 'equivocation', origin: CAROL.peer, seq: 2, proof: proofHex }, 'fork_proof_invalid'],
    ['with one hash', { ...payload, hashes: [lower ?? ''] }, 'fork_proof_invalid'],
    ['with the hashes exchanged', { ...payload, hashes: [higher ?? '', lower ?? ''] }, 'fork_proof_invalid'],
    ['with three hashes', { ...payload, hashes: [lower ?? '', higher ?? '', ''] }, 'fork_proof_invalid'],
    ['with a proof that is no text', { ...payload, proof: 7 }, 'fork_proof_invalid'],
    ['with a proof in capitals', { ...payload, proof: proofHex.toUpperCase() }, 'fork_proof_invalid'],
    ['with half a digit', { ...payload, proof: proofHex.slice(1) }, 'fork_proof_invalid'],
    [
      'with a proof beyond the limit',
      { ...payload, proof: '00'.repeat(FORK_PROOF_BYTES_MAX + 1) },
      'fork_proof_invalid',
    ],
    ['with a proof cut off', { ...payload, proof: proofHex.slice(0, -2) }, 'wire_truncated'],
    ['with more than a proof', { ...payload, proof: `${proofHex}00` }, 'wire_trailing'],
  ];
  for (const [what, changed, code] of cases) {
    it(`${what} is refused`, () => throws(() => forkOfPayload(changed, FEDERATION.id), { code }));
  }
});
