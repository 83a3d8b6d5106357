import { deepEqual, equal, throws } from 'node:assert/strict';
import { DAVE, decisionBytes, decisionOfEpoch } from '../../../../scripts/vectors/epochs.ts';
import { BinaryReader, BinaryWriter } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import {
  type Decision,
  decisionOf,
  examineDecision,
  readDecision,
  writeDecision,
} from '../../../../src/core/federation/decision.ts';
import { EpochChain } from '../../../../src/core/federation/epoch-chain.ts';
import { Governance } from '../../../../src/core/federation/governance.ts';
import { ALICE, BOB, CAROL, FEDERATION, isValid } from '../fixtures.ts';
import { byteRefusals, hex, text, vectorList } from '../vectors.ts';

const [ADMITS, REMOVES] = vectorList('epochs.json', 'decisions').map(({ bytes }) => hex(text(bytes)));
if (ADMITS === undefined || REMOVES === undefined) throw new Error('there are two decisions');

function read(bytes: Uint8Array): Decision {
  const reader = new BinaryReader(bytes);
  const decision = readDecision(reader);
  reader.end();
  return decision;
}

/** Goes on by a decision whose signatures hold. */
function follow(chain: EpochChain, bytes: Uint8Array) {
  const { ruling, jobs } = examineDecision(read(bytes), FEDERATION.id, chain);
  if (!jobs.every(isValid)) throw new TessraxError('signature_invalid', 'a signature does not hold');
  return { ruling, elected: chain.end(ruling) };
}

describe('decision (R-77)', () => {
  it('leads from the federation file to later witnesses, one by one', () => {
    const chain = new EpochChain(FEDERATION);
    equal(follow(chain, ADMITS).elected, true);
    deepEqual([...chain.current.witnesses], [ALICE.peer, BOB.peer, CAROL.peer, DAVE.peer]);
    equal(follow(chain, REMOVES).elected, true);
    deepEqual([...chain.current.witnesses], [BOB.peer, CAROL.peer, DAVE.peer]);
    deepEqual([chain.epoch, chain.current.since, chain.previous?.since], [2, 2, 1]);
    equal(follow(chain, decisionBytes(decisionOfEpoch(2))).elected, false);
    deepEqual(
      [chain.epoch, chain.current.since, chain.electedWith(2)?.since, chain.electedWith(3)],
      [3, 2, 2, undefined],
    );
  });

  it('is written as it was read', () => {
    const writer = new BinaryWriter(64);
    writeDecision(writer, read(ADMITS));
    equal(toHex(writer.finish()), toHex(ADMITS));
  });

  it('does not hold with any one byte changed', () => {
    for (let i = 0; i < ADMITS.length; i++) {
      throws(() => follow(new EpochChain(FEDERATION), ADMITS.with(i, (ADMITS[i] ?? 0) ^ 1)), TessraxError, String(i));
    }
  });

  it('is made of stored entries, each read with the one before it', () => {
    const { proposal, declarations } = decisionOfEpoch(0);
    const places = { proposal: placeOf(proposal), declarations: declarations.map(placeOf) };
    const made = decisionOf(places, [proposal, ...declarations]);
    const writer = new BinaryWriter(64);
    if (made !== undefined) writeDecision(writer, made);
    equal(toHex(writer.finish()), toHex(ADMITS));
    equal(decisionOf(places, declarations), undefined);
    equal(
      decisionOf({ ...places, proposal: { ...places.proposal, hash: '00' } }, [proposal, ...declarations]),
      undefined,
    );
  });

  it('ends an epoch of the fold too, whose own count comes to the same', () => {
    const told = new Governance(FEDERATION);
    told.conclude(examineDecision(read(ADMITS), FEDERATION.id, new EpochChain(FEDERATION)).ruling);
    deepEqual([told.epoch, told.state().witnesses.length, told.evidence(0)], [1, 4, undefined]);
  });

  for (const { what, bytes, code } of byteRefusals('decisions', 'refused-proofs.json')) {
    it(`refuses ${what}: ${code}`, () => throws(() => follow(new EpochChain(FEDERATION), hex(bytes)), { code }));
  }
});

function placeOf({ origin, seq, hash }: { origin: string; seq: number; hash: Uint8Array }) {
  return { origin, seq, hash: toHex(hash) };
}
