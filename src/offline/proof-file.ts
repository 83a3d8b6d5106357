/** Examines a proof: one entry, its path to a ledger root, and the signature of the node that vouches for the root. */
import { toHex } from '../core/bytes.ts';
import type { JsonValue } from '../core/entry/canonical-json.ts';
import { fromFlat } from '../core/entry/flat.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { TessraxError } from '../core/errors.ts';
import type { SignatureJob } from '../core/events.ts';
import { writerRefusal } from '../core/federation/genesis.ts';
import { PROOF_FILE_BYTES_MAX } from '../core/limits.ts';
import { examineProof, PROOF_FORMAT, type ReceiptProof, readProof } from '../core/proof.ts';
import { type AuditContext, signerOf, type Verdict } from './context.ts';
import { entryPlace, Faults } from './faults.ts';
import { Fields } from './fields.ts';
import { readWholeFile } from './files.ts';

/** Rejects with `file_unreadable` or `file_too_large`; everything else that is wrong with the file is in the verdict. */
export async function verifyProof(path: string, context: AuditContext): Promise<Verdict> {
  const bytes = await readWholeFile(path, PROOF_FILE_BYTES_MAX);
  const faults = new Faults();
  let proof: ReceiptProof | undefined;
  let jobs: readonly SignatureJob[] = [];
  try {
    proof = readProof(proofValue(bytes));
    jobs = examineProof(proof);
    checkFederation(proof, context);
  } catch (error) {
    faults.catch('proof', error);
  }
  const valid = await context.verifier.verify(jobs);
  jobs.forEach(({ domain }, i) => {
    if (valid[i] !== true)
      faults.add(domain === 'root' ? 'statement' : 'entry', 'signature_invalid', 'a signature is wrong');
  });
  return {
    path,
    kind: 'proof',
    verified: faults.count === 0,
    faults: faults.shown,
    faultCount: faults.count,
    ...(proof === undefined || faults.count > 0 ? {} : { summary: summaryOf(proof, context) }),
  };
}

/**
 * The JSON of a proof. It may be indented by two, since people look at proofs, but it must be spelled as JSON.stringify spells it: any
 * other byte that changes is a change that somebody made.
 */
function proofValue(bytes: Uint8Array): JsonValue {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new TessraxError('not_utf8', 'it is not UTF-8 text', { cause: error });
  }
  const value = parseStrict(text);
  const trimmed = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (trimmed !== JSON.stringify(value) && trimmed !== JSON.stringify(value, null, 2)) {
    throw new TessraxError('proof_spelling', 'its white space or spelling was changed');
  }
  const proof = new Fields(value, ['format', 'entry', 'feed', 'ledger', 'statement', 'signature'], '', malformed);
  new Fields(proof.value('feed'), ['index', 'size', 'root', 'path'], 'feed', malformed);
  new Fields(proof.value('ledger'), ['index', 'size', 'root', 'path'], 'ledger', malformed);
  new Fields(
    proof.value('statement'),
    ['federation', 'node', 'height', 'feeds', 'root', 'timestamp'],
    'statement',
    malformed,
  );
  return value;
}

/** With the federation file at hand: that it is this federation, and that the origin may write in it. */
function checkFederation(proof: ReceiptProof, { pin }: AuditContext): void {
  if (pin === undefined) return;
  if (proof.statement.federation !== pin.id) {
    throw new TessraxError('wrong_federation', `it is of federation ${proof.statement.federation}, not of ${pin.id}`);
  }
  const { origin, seq } = fromFlat(proof.entry);
  const refusal = writerRefusal(pin, origin, seq);
  if (refusal !== undefined)
    throw new TessraxError(refusal, `${entryPlace('ledger', origin, seq)}: its origin may not write this entry`);
}

function summaryOf(proof: ReceiptProof, { pin }: AuditContext): NonNullable<Verdict['summary']> {
  const { statement } = proof;
  return {
    federation: { id: statement.federation, name: pin?.name },
    entries: 1,
    feeds: statement.feeds,
    root: toHex(statement.root),
    signer: signerOf(pin, statement),
    receipt: toHex(fromFlat(proof.entry).hash),
  };
}

function malformed(member: string, message: string): TessraxError {
  return new TessraxError('proof_malformed', `${PROOF_FORMAT}: ${member}: ${message}`, { fields: { member } });
}
