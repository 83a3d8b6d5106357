import { equal } from 'node:assert/strict';
import { DAVE } from '../../../../scripts/vectors/epochs.ts';
import { BinaryReader } from '../../../../src/core/binary.ts';
import { examineDecision, readDecision } from '../../../../src/core/federation/decision.ts';
import { EpochChain } from '../../../../src/core/federation/epoch-chain.ts';
import { readFederation } from '../../../../src/core/federation/genesis.ts';
import { ALICE, BOB, CAROL, FEDERATION, FEDERATION_FILE, MALLORY, OPEN_FEDERATION } from '../fixtures.ts';
import { hex, text, vectorList } from '../vectors.ts';

/** The chain after so many decisions: Dave is admitted, Alice removed. */
function chainAfter(count: number): EpochChain {
  const chain = new EpochChain(FEDERATION);
  for (const { bytes } of vectorList('epochs.json', 'decisions').slice(0, count)) {
    const decision = readDecision(new BinaryReader(hex(text(bytes))));
    chain.end(examineDecision(decision, FEDERATION.id, chain).ruling);
  }
  return chain;
}

describe('writers (R-26)', () => {
  it('of a list write as much as they like; others nothing', () => {
    const chain = chainAfter(0);
    equal(chain.writerRefusal(ALICE.peer, 0), undefined);
    equal(chain.writerRefusal(BOB.peer, Number.MAX_SAFE_INTEGER), undefined);
    equal(chain.writerRefusal(MALLORY.peer, 0), 'not_a_writer');
    equal(chain.writerRefusal(DAVE.peer, 0), 'not_a_writer');
  });

  it('are those too whom a decision made witnesses, also when another has removed them', () => {
    equal(chainAfter(1).writerRefusal(DAVE.peer, 0), undefined);
    equal(chainAfter(1).writerRefusal(MALLORY.peer, 0), 'not_a_writer');
    equal(chainAfter(2).writerRefusal(ALICE.peer, 9), undefined);
  });

  it('are the witnesses of a file that does not list them: who cannot write cannot vote', () => {
    const file = { ...FEDERATION_FILE, writers: { mode: 'list', peers: [ALICE.peer] } };
    const chain = new EpochChain(readFederation(file));
    equal(chain.writerRefusal(CAROL.peer, 0), undefined);
    equal(chain.writerRefusal(MALLORY.peer, 0), 'not_a_writer');
  });

  it('of an open federation write up to the quota', () => {
    const chain = new EpochChain(OPEN_FEDERATION);
    equal(chain.writerRefusal(MALLORY.peer, 0), undefined);
    equal(chain.writerRefusal(MALLORY.peer, 999), undefined);
    equal(chain.writerRefusal(MALLORY.peer, 1000), 'quota_exceeded');
    equal(chain.writerRefusal(ALICE.peer, 1000), 'quota_exceeded');
  });
});
