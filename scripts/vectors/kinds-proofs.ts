import { EpochChain } from '../../src/core/federation/epoch-chain.ts';
import { examineFeedCertificate, readFeedCertificate } from '../../src/core/federation/feed-certificate.ts';
import { examineVote, readVote } from '../../src/core/federation/vote.ts';
import { encodeFork, examineFork, forkProof, readFork } from '../../src/core/ledger/fork.ts';
import {
  examineRevocation,
  type Revocation,
  readRevocation,
  writeRevocation,
} from '../../src/core/ledger/revocation.ts';
import { REVOCATION_STATEMENTS_MAX } from '../../src/core/limits.ts';
import { writeKey } from '../../src/core/sync/checkpoints.ts';
import {
  ALICE,
  BOB,
  CAROL,
  FEDERATION,
  MALLORY,
  OPEN_FEDERATION,
  type TestKey,
} from '../../test/unit/core/fixtures.ts';
import { certificateFor, checkpointOfEntries, voteFor } from '../../test/unit/core/forks.ts';
import { forgedStatement, type Kind, whole, written } from './kind.ts';
import { CERTIFIED_SIZE, certificateBytes, FEED_CERTIFICATE, FORK, LEFT, RIGHT, VOTE, voteBytes } from './proofs.ts';

/** Who judges: the witnesses of the federation file. */
const JUDGES = new EpochChain(FEDERATION);
export function proofKinds(): readonly Kind[] {
  return [vote(), fork(), feedCertificate(), revocation()];
}

function vote(): Kind {
  return {
    name: 'proof vote',
    rule: 'R-80',
    sealed: true,
    good: voteBytes(VOTE),
    judge: (bytes) => [examineVote(whole(bytes, readVote), FEDERATION.id, 0)],
    again: (bytes) => voteBytes(whole(bytes, readVote)),
    forgeries: [
      ['wrong signer', 'of a witness that did not sign it', voteBytes({ ...VOTE, witness: ALICE.peer }), 'vote_signer'],
      ['wrong federation', 'of another federation', voted({ federation: OPEN_FEDERATION.id }), 'vote_federation'],
      ['wrong epoch', 'of the next epoch', voted({ epoch: 1 }), 'vote_epoch'],
      ['wrong epoch', 'of an epoch far ahead', voted({ epoch: 9999 }), 'vote_epoch'],
      [
        'does not fit',
        'for the other branch',
        voteBytes({ ...VOTE, checkpoint: checkpointOfEntries(RIGHT, 4) }),
        'vote_path',
      ],
    ],
  };
}

function voted(change: Parameters<typeof voteFor>[3]): Uint8Array {
  return voteBytes(voteFor(BOB, LEFT, CERTIFIED_SIZE, change));
}

function fork(): Kind {
  const [lower, higher] = FORK.headers;
  const mixed = forkProof(FORK, lower, { ...higher, timestampMs: 1 }, FEDERATION.id);
  if (mixed === undefined) throw new Error('the headers are one and the same');
  return {
    name: 'proof fork',
    rule: 'R-91',
    sealed: true,
    good: encodeFork(FORK),
    judge: (bytes) => examineFork(whole(bytes, readFork), FEDERATION.id),
    again: (bytes) => encodeFork(whole(bytes, readFork)),
    forgeries: [
      ['one key twice', 'one header twice', encodeFork({ ...FORK, headers: [lower, lower] }), 'fork_proof_invalid'],
      ['does not fit', 'headers out of order', encodeFork({ ...FORK, headers: [higher, lower] }), 'fork_proof_invalid'],
      ['wrong signer', 'a header that was never signed', encodeFork(mixed), 'signature_invalid'],
    ],
  };
}

function feedCertificate(): Kind {
  const [one, two, three] = FEED_CERTIFICATE.votes;
  if (one === undefined || two === undefined || three === undefined) throw new Error('there are three votes');
  const of = (...votes: typeof FEED_CERTIFICATE.votes): Uint8Array => certificateBytes({ ...FEED_CERTIFICATE, votes });
  const later = { vote: voteFor(CAROL, LEFT, CERTIFIED_SIZE, { epoch: 1 }), path: [] };
  const foreign = { vote: voteFor(CAROL, LEFT, CERTIFIED_SIZE, { federation: OPEN_FEDERATION.id }), path: [] };
  const stranger = { vote: voteFor(MALLORY, LEFT, CERTIFIED_SIZE), path: [] };
  return {
    name: 'proof feed certificate',
    rule: 'R-95',
    sealed: true,
    good: certificateBytes(certificateFor(LEFT, CERTIFIED_SIZE)),
    judge: (bytes) => examineFeedCertificate(whole(bytes, readFeedCertificate), FEDERATION.id, JUDGES.current),
    again: (bytes) => certificateBytes(whole(bytes, readFeedCertificate)),
    forgeries: [
      ['too few', 'one vote short', of(one, two), 'certificate_short'],
      ['too few', 'no vote', of(), 'certificate_short'],
      ['one key twice', 'a witness listed twice', of(one, two, two), 'certificate_vote'],
      ['one key twice', 'enough votes, and one witness twice', of(one, two, three, three), 'certificate_vote'],
      ['wrong signer', 'a vote of no witness', of(one, two, stranger), 'certificate_vote'],
      ['wrong federation', 'a vote of another federation', of(one, two, foreign), 'vote_federation'],
      ['wrong epoch', 'a vote of another epoch', of(one, two, later), 'vote_epoch'],
    ],
  };
}

function revocation(): Kind {
  const statement = (key: TestKey, target: TestKey = MALLORY, change: Parameters<typeof forgedStatement>[3] = {}) =>
    forgedStatement(key, 'REVOCATION', { target: target.peer, reason: 'stolen' }, change);
  const of = (...statements: Revocation['statements']): Uint8Array =>
    revocationBytes({ origin: MALLORY.peer, seq: 0, statements });
  const [a, b, c] = [statement(ALICE), statement(BOB), statement(CAROL)];
  const tooMany = written((writer) => writeKey(writer, MALLORY.peer).varint(REVOCATION_STATEMENTS_MAX + 1));
  const note = forgedStatement(CAROL, 'RECEIPT', { payload: {} });
  return {
    name: 'proof revocation',
    rule: 'R-98',
    sealed: true,
    good: of(a, b, c),
    judge: (bytes) => examineRevocation(whole(bytes, readRevocation), JUDGES),
    again: (bytes) => revocationBytes(whole(bytes, readRevocation)),
    forgeries: [
      ['too few', 'one statement short', of(a, b), 'revocation_invalid'],
      ['too few', 'no statement', of(), 'revocation_invalid'],
      ['one key twice', 'one witness twice', of(a, b, b), 'revocation_invalid'],
      ['one key twice', 'enough statements, and one witness twice', of(a, b, c, c), 'revocation_invalid'],
      ['wrong signer', 'one of no witness', of(a, b, statement(BOB, MALLORY, { signer: CAROL })), 'revocation_invalid'],
      [
        'wrong signer',
        'a statement that another signed',
        of(a, b, statement(CAROL, MALLORY, { signer: BOB })),
        'signature_invalid',
      ],
      [
        'wrong signer',
        "the node's own word, which it did not give",
        of(statement(MALLORY, MALLORY, { signer: BOB })),
        'signature_invalid',
      ],
      [
        'wrong federation',
        'a statement of another federation',
        of(a, b, statement(CAROL, MALLORY, { federation: OPEN_FEDERATION.id })),
        'signature_invalid',
      ],
      ['does not fit', 'a statement about somebody else', of(a, b, statement(CAROL, ALICE)), 'revocation_invalid'],
      ['does not fit', 'a receipt among them', of(a, b, note), 'revocation_invalid'],
      ['over-long', '1001 statements', tooMany, 'wire_count'],
    ],
  };
}

function revocationBytes(value: Revocation): Uint8Array {
  return written((writer) => writeRevocation(writer, value));
}
