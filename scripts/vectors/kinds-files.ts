/** What people hand on as JSON files: certificates, proofs of receipts, entries, and the federation file. */

import { certificateJson, examineCertificate, readCertificate } from '../../src/core/certificate.ts';
import { canonicalize, isJsonObject, type JsonObject, type JsonValue } from '../../src/core/entry/canonical-json.ts';
import { examineFlat } from '../../src/core/entry/examine-flat.ts';
import { fromFlat } from '../../src/core/entry/flat.ts';
import { parseStrict } from '../../src/core/entry/strict-json.ts';
import { TessraxError } from '../../src/core/errors.ts';
import type { SignatureDomain } from '../../src/core/events.ts';
import { draftFederation, readFederation } from '../../src/core/federation/genesis.ts';
import { ledgerLeaf } from '../../src/core/ledger/ledger.ts';
import { MerkleTree } from '../../src/core/merkle/tree.ts';
import { examineProof, proofJson, type RootStatement, readProof, rootStatementHash } from '../../src/core/proof.ts';
import { signedMessage } from '../../src/core/signature.ts';
import { ReferenceTree } from '../../test/reference/merkle.ts';
import {
  ALICE,
  BOB,
  CAROL,
  EPOCH_MS,
  FEDERATION,
  FEDERATION_FILE,
  MALLORY,
  OPEN_FEDERATION,
} from '../../test/unit/core/fixtures.ts';
import { at, branch, checkpointOfEntries, voteFor } from '../../test/unit/core/forks.ts';
import type { Kind } from './kind.ts';
import { entryCertificate, flatOf, LEFT } from './proofs.ts';

const utf8 = new TextEncoder();
const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textBytes(json: JsonObject): Uint8Array {
  return utf8.encode(canonicalize(json));
}

function parsed(bytes: Uint8Array): JsonValue {
  try {
    return parseStrict(fatal.decode(bytes));
  } catch (error) {
    if (error instanceof TessraxError) throw error;
    throw new TessraxError('json_syntax', 'not UTF-8 text', { cause: error });
  }
}

export function fileKinds(): readonly Kind[] {
  return [certificate(), receiptProof(), flatEntry(), federationFile()];
}

function certificate(): Kind {
  const entries = entryCertificate();
  const [one, two, three] = entries.votes;
  if (one === undefined || two === undefined || three === undefined) throw new Error('there are three votes');
  const of = (votes: typeof entries.votes, file: JsonObject = FEDERATION_FILE): Uint8Array =>
    textBytes(certificateJson({ ...entries, federation: file, votes }));
  const later = { ...three, vote: voteFor(CAROL, LEFT, 5, { epoch: 1 }) };
  const stranger = { ...three, vote: voteFor(MALLORY, LEFT, 5) };
  return {
    name: 'file certificate',
    rule: 'R-85',
    sealed: true,
    good: of(entries.votes),
    judge: (bytes) => examineCertificate(readCertificate(parsed(bytes))),
    forgeries: [
      ['too few', 'one vote short', of([one, two]), 'certificate_short'],
      ['one key twice', 'a witness listed twice', of([one, two, two]), 'certificate_vote'],
      ['one key twice', 'a witness twice in the file', of([one, two], doubled()), 'federation_invalid'],
      ['wrong signer', 'a vote of no witness', of([one, two, stranger]), 'certificate_vote'],
      ['wrong epoch', 'a vote of another epoch', of([one, two, later]), 'vote_epoch'],
      ['threshold 0', 'a file with threshold 0', of([], { ...FEDERATION_FILE, threshold: 0 }), 'federation_invalid'],
      [
        'wrong federation',
        'a file with a lower threshold',
        of([one, two], { ...FEDERATION_FILE, threshold: 2 }),
        'certificate_federation',
      ],
    ],
  };
}

function doubled(): JsonObject {
  const witness = { peer: ALICE.peer, organisation: '' };
  return { ...FEDERATION_FILE, threshold: 2, witnesses: [witness, witness] };
}

function receiptProof(): Kind {
  const checkpoints = [branch(ALICE, 2), LEFT].map((entries) => checkpointOfEntries(entries));
  const tree = new MerkleTree(checkpoints.map(ledgerLeaf));
  const root = checkpointOfEntries(LEFT).root;
  const path = new ReferenceTree(LEFT.map(({ hash }) => hash)).path(1, LEFT.length);
  const proven = (change: Partial<RootStatement> = {}, signer = BOB, domain: SignatureDomain = 'root'): Uint8Array => {
    const said = {
      federation: FEDERATION.id,
      node: BOB.peer,
      height: 7,
      feeds: 2,
      root: tree.root,
      timestampMs: EPOCH_MS,
      ...change,
    };
    return textBytes(
      proofJson({
        entry: flatOf(at(LEFT, 1)),
        feed: { index: 1, size: LEFT.length, root, path },
        ledger: { index: 1, size: 2, root: tree.root, path: tree.inclusion(1) },
        statement: said,
        signature: signer.sign(signedMessage(domain, rootStatementHash(said))),
        decisions: [],
      }),
    );
  };
  return {
    name: 'file receipt proof',
    rule: 'R-70',
    sealed: true,
    good: proven(),
    judge: (bytes) => examineProof(readProof(parsed(bytes))),
    forgeries: [
      ['wrong signer', 'a root statement that another signed', proven({}, MALLORY), 'signature_invalid'],
      ['wrong domain', 'a root statement signed as a heartbeat', proven({}, BOB, 'heartbeat'), 'signature_invalid'],
      [
        'wrong federation',
        'a statement about another federation',
        proven({ federation: OPEN_FEDERATION.id }),
        'proof_statement',
      ],
      ['does not fit', 'a statement about another tree', proven({ root }), 'proof_statement'],
      ['does not fit', 'a statement of no peer', proven({ node: 'bob' }), 'proof_statement'],
    ],
  };
}

function flatEntry(): Kind {
  const flat = flatOf(at(LEFT, 1));
  const changed = (change: JsonObject): Uint8Array => textBytes({ ...flat, ...change });
  return {
    name: 'file entry',
    rule: 'R-16',
    sealed: true,
    good: textBytes(flat),
    judge: (bytes) => {
      const json = parsed(bytes);
      if (!isJsonObject(json)) throw new TessraxError('entry_malformed', 'no entry');
      return examineFlat(fromFlat(json));
    },
    forgeries: [
      ['wrong signer', 'of another origin', changed({ origin: ALICE.peer }), 'hash_mismatch'],
      ['wrong federation', 'of another federation', changed({ federation: OPEN_FEDERATION.id }), 'hash_mismatch'],
      ['does not fit', 'another payload', changed({ payload: {} }), 'body_hash_mismatch'],
    ],
  };
}

function federationFile(): Kind {
  const changed = (change: JsonObject): Uint8Array => textBytes({ ...FEDERATION_FILE, ...change });
  const open = draftFederation({ name: 'Open', witnesses: [{ peer: ALICE.peer, organisation: '' }], openQuota: 1 });
  return {
    name: 'file federation',
    rule: 'R-04',
    sealed: true,
    good: textBytes(FEDERATION_FILE),
    judge: (bytes) => {
      if (readFederation(parsed(bytes)).id !== FEDERATION.id) throw new TessraxError('wrong_federation', 'another ID');
      return [];
    },
    forgeries: [
      ['wrong federation', 'another federation', textBytes(open), 'wrong_federation'],
      ['threshold 0', 'threshold 0', changed({ threshold: 0 }), 'federation_invalid'],
      ['too few', 'a threshold above the witnesses', changed({ threshold: 4 }), 'federation_invalid'],
      ['one key twice', 'a witness listed twice', textBytes(doubled()), 'federation_invalid'],
      ['over-long', 'a name of 65 letters', changed({ name: 'x'.repeat(65) }), 'federation_invalid'],
    ],
  };
}
