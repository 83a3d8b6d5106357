import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { sha256 } from '#sha256';
import { HEARTBEATS } from '../../../../scripts/vectors/messages.ts';
import { concat, toHex } from '../../../../src/core/bytes.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import { ledgerLeaf } from '../../../../src/core/ledger/ledger.ts';
import {
  HEARTBEAT_BYTES_MAX,
  HEARTBEAT_CHECKPOINTS_MAX,
  HEARTBEAT_CORE_BYTES_MAX,
} from '../../../../src/core/limits.ts';
import { signedMessage } from '../../../../src/core/signature.ts';
import {
  type Heartbeat,
  type HeartbeatDraft,
  readHeartbeat,
  readHeartbeatCore,
  signHeartbeat,
} from '../../../../src/core/sync/heartbeat.ts';
import { mth } from '../../../reference/merkle.ts';
import { ALICE, BOB, isValid, plain } from '../fixtures.ts';
import { byteRefusals, hex, text, vectorList } from '../vectors.ts';

const VECTORS = vectorList('heartbeats.json', 'heartbeats');

function later(): HeartbeatDraft {
  const heartbeat = HEARTBEATS[1]?.[1];
  if (heartbeat === undefined) throw new Error('there is no such vector');
  return heartbeat;
}

function withoutCheckpoints({ checkpoints, ...core }: Heartbeat): unknown {
  return plain(core);
}

describe('heartbeat (R-40, R-41)', () => {
  HEARTBEATS.forEach(([name, heartbeat], i) => {
    it(`${name}: read from its bytes, signed over them`, () => {
      const bytes = hex(VECTORS[i]?.bytes);
      const read = readHeartbeat(bytes);
      const { changed, changedRoot, ...said } = read.heartbeat;
      deepEqual(plain(said), plain(heartbeat));
      equal(changed, heartbeat.checkpoints.length);
      equal(toHex(changedRoot), VECTORS[i]?.changed_root);
      equal(toHex(changedRoot), toHex(mth(heartbeat.checkpoints.map(ledgerLeaf))));
      equal(toHex(read.core), VECTORS[i]?.signed_part);
      deepEqual(plain(readHeartbeatCore(read.core)), withoutCheckpoints(read.heartbeat));
      equal(toHex(read.job.key), toHex(ALICE.publicKey));
      equal(read.job.domain, 'heartbeat');
      equal(toHex(read.job.hash), toHex(sha256(read.core)));
      equal(toHex(signedMessage('heartbeat', read.job.hash)), VECTORS[i]?.signed_message);
      equal(isValid(read.job), true);
    });
  });

  it('with as many checkpoints as allowed fits its bound', () => {
    const root = new Uint8Array(32);
    const checkpoint = { origin: BOB.peer, size: Number.MAX_SAFE_INTEGER, root };
    const full: HeartbeatDraft = {
      ...later(),
      counter: Number.MAX_SAFE_INTEGER,
      height: Number.MAX_SAFE_INTEGER,
      checkpoints: Array.from({ length: HEARTBEAT_CHECKPOINTS_MAX }, () => checkpoint),
    };
    const bytes = signHeartbeat(full, ALICE.sign);
    ok(bytes.length <= HEARTBEAT_BYTES_MAX, String(bytes.length));
    equal(readHeartbeat(bytes).heartbeat.checkpoints.length, HEARTBEAT_CHECKPOINTS_MAX);
    ok(readHeartbeat(bytes).core.length <= HEARTBEAT_CORE_BYTES_MAX);
  });

  it('is not made for a node or a federation that is none', () => {
    throws(() => signHeartbeat({ ...later(), node: 'alice' }, ALICE.sign), { code: 'heartbeat_invalid' });
    throws(() => signHeartbeat({ ...later(), federation: 'f' }, ALICE.sign), { code: 'heartbeat_invalid' });
  });
});

describe('heartbeat: refused', () => {
  for (const { what, bytes, code } of byteRefusals('heartbeats')) {
    it(what, () => throws(() => readHeartbeat(hex(bytes)), { code }));
  }

  it('more bytes than allowed', () => {
    throws(() => readHeartbeat(new Uint8Array(HEARTBEAT_BYTES_MAX + 1).fill(1)), { code: 'heartbeat_invalid' });
  });

  for (const vector of VECTORS) {
    const bytes = hex(vector.bytes);

    it(`${text(vector.name)} cut off anywhere, or with a byte more`, () => {
      for (let length = 0; length < bytes.length; length++) {
        throws(() => readHeartbeat(bytes.subarray(0, length)), { code: 'wire_truncated' }, String(length));
      }
      throws(() => readHeartbeat(concat(bytes, Uint8Array.of(0))), { code: 'wire_trailing' });
    });

    it(`${text(vector.name)} with any one bit wrong: unreadable, or its signature does not hold`, () => {
      let read = 0;
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const changed = Uint8Array.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        let job: ReturnType<typeof readHeartbeat>['job'];
        try {
          ({ job } = readHeartbeat(changed));
        } catch (error) {
          ok(error instanceof TessraxError, String(error));
          continue;
        }
        read++;
        equal(isValid(job), false, `bit ${bit}`);
      }
      ok(read > 1000, `only ${read} could be read`);
    });
  }

  it('signed by another than it names', () => {
    const bytes = signHeartbeat(later(), BOB.sign);
    equal(isValid(readHeartbeat(bytes).job), false);
  });
});
