/** Examines a proof: one entry, its path to a ledger root, and the signature of the node that vouches for the root. */
import { toHex } from '../core/bytes.ts';
import type { JsonValue } from '../core/entry/canonical-json.ts';
import { fromFlat } from '../core/entry/flat.ts';
import { TessraxError } from '../core/errors.ts';
import type { SignatureJob } from '../core/events.ts';
import { followDecisions } from '../core/federation/decision-json.ts';
import { EpochChain } from '../core/federation/epoch-chain.ts';
import type { Federation } from '../core/federation/genesis.ts';
import { PROOF_FILE_BYTES_MAX } from '../core/limits.ts';
import { examineProof, PROOF_FORMAT, type ReceiptProof, readProof } from '../core/proof.ts';
import { type AuditContext, signerOf, type Verdict } from './context.ts';
import { entryPlace, Faults } from './faults.ts';
import { Fields } from './fields.ts';
import { readWholeFile } from './files.ts';
import { readSpelledJson } from './json-file.ts';

const STEP_MEMBERS = ['index', 'size', 'root', 'path'];
const STATEMENT_MEMBERS = ['federation', 'node', 'height', 'feeds', 'root', 'timestamp'];

/** Rejects with `file_unreadable` or `file_too_large`; everything else that is wrong with the file is in the verdict. */
export async function verifyProof(path: string, { verifier, pin }: AuditContext): Promise<Verdict> {
  const bytes = await readWholeFile(path, PROOF_FILE_BYTES_MAX);
  const faults = new Faults();
  let proof: ReceiptProof | undefined;
  try {
    const value = readSpelledJson(bytes);
    checkMembers(value);
    proof = readProof(value);
    const jobs = examineProof(proof);
    if (pin !== undefined) jobs.push(...checkFederation(proof, pin));
    await checkSignatures(jobs, verifier);
  } catch (error) {
    faults.catch('proof', error);
  }
  return faults.verdict(path, 'proof', proof === undefined ? undefined : summaryOf(proof, pin));
}

/** Throws `signature_invalid`. */
export async function checkSignatures(
  jobs: readonly SignatureJob[],
  verifier: AuditContext['verifier'],
): Promise<void> {
  const wrong = (await verifier.verify(jobs)).indexOf(false);
  const domain = jobs[wrong]?.domain;
  if (domain === undefined) return;
  throw new TessraxError(
    'signature_invalid',
    `the signature of the ${domain === 'root' ? 'ledger root' : domain} is wrong`,
  );
}

/** Members beside those that are read could be changed unseen. */
function checkMembers(value: JsonValue): void {
  const proof = new Fields(
    value,
    ['format', 'entry', 'feed', 'ledger', 'statement', 'signature', 'decisions?'],
    '',
    malformed,
  );
  new Fields(proof.value('feed'), STEP_MEMBERS, 'feed', malformed);
  new Fields(proof.value('ledger'), STEP_MEMBERS, 'ledger', malformed);
  new Fields(proof.value('statement'), STATEMENT_MEMBERS, 'statement', malformed);
}

/** That it is this federation, and that the origin may write in it, if need be by decisions: their signatures are to be checked too. */
function checkFederation(proof: ReceiptProof, pin: Federation): readonly SignatureJob[] {
  if (proof.statement.federation !== pin.id) {
    throw new TessraxError('wrong_federation', `it is of federation ${proof.statement.federation}, not of ${pin.id}`);
  }
  const { origin, seq } = fromFlat(proof.entry);
  const chain = new EpochChain(pin);
  const jobs = followDecisions(chain, proof.decisions);
  const refusal = chain.writerRefusal(origin, seq);
  if (refusal === undefined) return jobs;
  throw new TessraxError(refusal, `${entryPlace('ledger', origin, seq)}: its origin may not write this entry`);
}

function summaryOf({ statement, entry }: ReceiptProof, pin: Federation | undefined): NonNullable<Verdict['summary']> {
  return {
    federation: { id: statement.federation, name: pin?.name },
    entries: 1,
    feeds: statement.feeds,
    root: toHex(statement.root),
    signer: signerOf(pin, statement),
    receipt: hashOf(entry),
  };
}

/** As the entry says; for what is not even an entry, nothing. */
function hashOf(entry: ReceiptProof['entry']): string {
  return typeof entry['hash'] === 'string' ? entry['hash'] : '';
}

function malformed(member: string, message: string): TessraxError {
  return new TessraxError('proof_malformed', `${PROOF_FORMAT}: ${member}: ${message}`, { fields: { member } });
}
