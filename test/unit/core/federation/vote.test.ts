import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { BinaryReader, BinaryWriter } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import { examineVote, readVote, type Vote, writeVote } from '../../../../src/core/federation/vote.ts';
import { type Checkpoint, ledgerLeaf } from '../../../../src/core/ledger/ledger.ts';
import { EMPTY_ROOT } from '../../../../src/core/merkle/hash.ts';
import { MerkleTree } from '../../../../src/core/merkle/tree.ts';
import { readHeartbeat, signHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { ALICE, BOB, CAROL, EPOCH_MS, FEDERATION, isValid, OPEN_FEDERATION, plain } from '../fixtures.ts';
import { byteRefusals, hex, text, vectorList } from '../vectors.ts';

const LISTED: readonly Checkpoint[] = [CAROL, ALICE, BOB].map(({ peer }, i) => ({
  origin: peer,
  size: i + 3,
  root: new Uint8Array(32).fill(i + 1),
}));
/** The whole ledger that Bob holds: what he lists, by public key. */
const LEDGER = [...LISTED].sort((a, b) => (toHex(ledgerLeaf(a)) < toHex(ledgerLeaf(b)) ? -1 : 1));

/** Bob's votes: for each feed one by its list, one by his ledger root. */
function votes(): Vote[] {
  const list = new MerkleTree(LISTED.map(ledgerLeaf));
  const ledger = new MerkleTree(LEDGER.map(ledgerLeaf));
  const data = signHeartbeat(
    {
      federation: FEDERATION.id,
      node: BOB.peer,
      epoch: 0,
      closed: false,
      counter: 3,
      timestampMs: EPOCH_MS,
      height: 12,
      feeds: LEDGER.length,
      root: ledger.root,
      journal: { origin: BOB.peer, size: 0, root: EMPTY_ROOT },
      checkpoints: LISTED,
    },
    BOB.sign,
  );
  const { core, job } = readHeartbeat(data);
  const signed = { witness: BOB.peer, core, signature: job.signature };
  return [
    ...LISTED.map(
      (checkpoint, index): Vote => ({ ...signed, checkpoint, tree: 'changed', index, path: list.inclusion(index) }),
    ),
    ...LEDGER.map(
      (checkpoint, index): Vote => ({ ...signed, checkpoint, tree: 'ledger', index, path: ledger.inclusion(index) }),
    ),
  ];
}

function bytesOf(vote: Vote): Uint8Array {
  const writer = new BinaryWriter(512);
  writeVote(writer, vote);
  return writer.finish();
}

function read(bytes: Uint8Array): Vote {
  const reader = new BinaryReader(bytes);
  const vote = readVote(reader);
  reader.end();
  return vote;
}

const [FIRST] = votes();
if (FIRST === undefined) throw new Error('there are votes');

describe('vote (R-80)', () => {
  votes().forEach((vote, i) => {
    it(`${i + 1}, of tree "${vote.tree}": holds, and is read as it was written`, () => {
      const job = examineVote(vote, FEDERATION.id, 0);
      equal(toHex(job.key), toHex(BOB.publicKey));
      equal(isValid(job), true);
      deepEqual(plain(read(bytesOf(vote))), plain(vote));
    });
  });
});

describe('vote: of the vectors', () => {
  for (const vector of vectorList('proofs.json', 'votes')) {
    it(`${text(vector.name)} holds, and is written again byte for byte`, () => {
      const vote = read(hex(vector.bytes));
      equal(isValid(examineVote(vote, FEDERATION.id, 0)), true);
      equal(toHex(bytesOf(vote)), vector.bytes);
    });
  }

  for (const { what, bytes, code } of byteRefusals('votes', 'refused-proofs.json')) {
    it(`with ${what}: ${code}`, () => {
      const check = () => {
        if (!isValid(examineVote(read(hex(bytes)), FEDERATION.id, 0)))
          throw new TessraxError('signature_invalid', what);
      };
      throws(check, { code });
    });
  }
});

describe('vote: refused', () => {
  const { checkpoint } = FIRST;
  const cases: readonly (readonly [string, Vote, string])[] = [
    ['another witness', { ...FIRST, witness: CAROL.peer }, 'vote_signer'],
    ['another size', { ...FIRST, checkpoint: { ...checkpoint, size: checkpoint.size + 1 } }, 'vote_path'],
    ['another root', { ...FIRST, checkpoint: { ...checkpoint, root: EMPTY_ROOT } }, 'vote_path'],
    ['another feed', { ...FIRST, checkpoint: { ...checkpoint, origin: ALICE.peer } }, 'vote_path'],
    ['another place', { ...FIRST, index: 1 }, 'vote_path'],
    ['the other tree', { ...FIRST, tree: 'ledger' }, 'vote_path'],
    ['no path', { ...FIRST, path: [] }, 'vote_path'],
    ['a path too long', { ...FIRST, path: [...FIRST.path, EMPTY_ROOT] }, 'vote_path'],
    ['half a heartbeat', { ...FIRST, core: FIRST.core.subarray(0, 60) }, 'wire_truncated'],
    ['more than a heartbeat', { ...FIRST, core: Uint8Array.of(...FIRST.core, 0) }, 'wire_trailing'],
  ];
  for (const [what, vote, code] of cases) {
    it(what, () => throws(() => examineVote(vote, FEDERATION.id, 0), { code }));
  }

  it('of another federation', () =>
    throws(() => examineVote(FIRST, OPEN_FEDERATION.id, 0), { code: 'vote_federation' }));

  it('of no peer cannot be written', () => {
    throws(() => bytesOf({ ...FIRST, witness: 'bob' }), { code: 'vote_signer' });
  });

  it('cut off anywhere', () => {
    const bytes = bytesOf(FIRST);
    for (let length = 0; length < bytes.length; length++) {
      throws(() => read(bytes.subarray(0, length)), { code: 'wire_truncated' }, String(length));
    }
  });

  it('with any one bit wrong', () => {
    const bytes = bytesOf(FIRST);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Uint8Array.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      let valid: boolean;
      try {
        valid = isValid(examineVote(read(changed), FEDERATION.id, 0));
      } catch (error) {
        ok(error instanceof TessraxError, String(error));
        continue;
      }
      equal(valid, false, `bit ${bit}`);
    }
  });
});
