/** Vectors of entries: header, receipt hash, signature, binary and flat form of one entry of each kind. */
import { sha256 } from '#sha256';
import { BinaryReader } from '../../src/core/binary.ts';
import { toHex } from '../../src/core/bytes.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { readEntry } from '../../src/core/entry/codec.ts';
import type { Candidate } from '../../src/core/entry/examine.ts';
import { toFlat } from '../../src/core/entry/flat.ts';
import { headerJson } from '../../src/core/entry/header.ts';
import type { Draft } from '../../src/core/events.ts';
import { admit } from '../../src/core/ledger/admission.ts';
import { Ledger } from '../../src/core/ledger/ledger.ts';
import { signedMessage } from '../../src/core/signature.ts';
import { syncConfirmedDraft, syncEventDraft } from '../../src/core/sync/delta.ts';
import { ALICE, BOB, CAROL, chain, EPOCH_MS, FEDERATION, type TestKey } from '../../test/unit/core/fixtures.ts';

const VERDICT_HASH = sha256('a verdict');

export const RECEIPT: Draft = {
  type: 'RECEIPT',
  body: { payload: { decision: 'allow', score: 0.5, tags: ['é', '€', 'z'] } },
};
export const SCAR: Draft = {
  type: 'SCAR',
  body: {
    id: 'scar-1',
    origin_event: 'event-7',
    resolution: 'quarantine',
    summary: 'Two sensors disagree.',
    author: 'hybrid',
    verdict_hash: toHex(VERDICT_HASH),
    reviewers: [BOB, CAROL].map((key) => ({
      peer: key.peer,
      signature: toHex(key.sign(signedMessage('review', VERDICT_HASH))),
    })),
  },
};
/** A type this version does not interpret. */
export const CARRIED: Draft = { type: 'MEMO_2', body: { text: 'kept as it is' } };

/** Alice's ledger. */
export const LEDGER: readonly Candidate[] = chain(ALICE, [RECEIPT, SCAR, CARRIED]);
/** Alice's journal: she sends her ledger to Bob. */
export const EVENT: readonly Candidate[] = chain(ALICE, [syncEventDraft(BOB.peer, [LEDGER])], 'journal');
/** Bob's journal: he confirms. */
export const CONFIRMATION: readonly Candidate[] = chain(BOB, [confirmationDraft()], 'journal');

function confirmationDraft(): Draft {
  const ledger = new Ledger();
  const admission = admit(ledger.head(ALICE.peer), LEDGER, EPOCH_MS);
  ledger.set(admission.head);
  const [event] = EVENT;
  if (event === undefined) throw new Error('the journal of the vectors is empty');
  return syncConfirmedDraft(ALICE.peer, event.hash, [admission], ledger);
}

export function entryVectors(): JsonObject {
  return {
    about:
      'Entries in all their forms (R-10 to R-20). Keys are Ed25519 keys from these seeds; signatures are deterministic.',
    federation: FEDERATION.id,
    keys: [keyVector('alice', ALICE), keyVector('bob', BOB), keyVector('carol', CAROL)],
    entries: [
      ...LEDGER.map((entry, i) => entryVector(['receipt', 'scar', 'carried'][i] ?? '', entry)),
      ...EVENT.map((entry) => entryVector('sync_event', entry)),
      ...CONFIRMATION.map((entry) => entryVector('sync_confirmed', entry)),
    ],
  };
}

export function keyVector(name: string, key: TestKey): JsonObject {
  return { name, seed: toHex(key.seed), public_key: toHex(key.publicKey), peer: key.peer };
}

function entryVector(name: string, entry: Candidate): JsonObject {
  const { origin, log, seq, prev, hash } = entry;
  const parts = readEntry(new BinaryReader(entry.bytes));
  const { type, nonce, timestampMs, body, signature } = parts;
  const bodyHash = sha256(body);
  const federation = FEDERATION.id;
  const header = { federation, log, type, origin, seq, prev, nonce, timestampMs, bodyHash, bodySize: body.length };
  return {
    name,
    body: new TextDecoder().decode(body),
    header: headerJson(header),
    receipt_hash: toHex(hash),
    signed_message: toHex(signedMessage('entry', hash)),
    signature: toHex(signature),
    binary: toHex(entry.bytes),
    flat: toFlat({ ...parts, federation, log, origin, seq, prev, bodyHash, hash }),
  };
}
