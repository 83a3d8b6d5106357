/** Examines a certificate: one entry, and the votes of a threshold of witnesses for it. */
import {
  CERTIFICATE_FORMAT,
  type Certificate,
  certificateFindings,
  type Findings,
  readCertificate,
} from '../core/certificate.ts';
import type { JsonValue } from '../core/entry/canonical-json.ts';
import { fromFlat } from '../core/entry/flat.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import type { Federation } from '../core/federation/genesis.ts';
import { CERTIFICATE_FILE_BYTES_MAX, GOVERNANCE_EPOCH_MAX, WITNESSES_COUNT_MAX } from '../core/limits.ts';
import type { AuditContext, AuditSummary, Verdict } from './context.ts';
import { Faults } from './faults.ts';
import { Fields } from './fields.ts';
import { readWholeFile } from './files.ts';
import { readSpelledJson } from './json-file.ts';
import { checkSignatures } from './proof-file.ts';

const VOTE_MEMBERS = ['witness', 'size', 'root', 'feed_path', 'tree', 'index', 'path', 'heartbeat', 'signature'];

/** Rejects with `file_unreadable` or `file_too_large`; everything else that is wrong with the file is in the verdict. */
export async function verifyCertificate(path: string, { verifier, pin }: AuditContext): Promise<Verdict> {
  const bytes = await readWholeFile(path, CERTIFICATE_FILE_BYTES_MAX);
  const faults = new Faults();
  let summary: AuditSummary | undefined;
  try {
    const value = readSpelledJson(bytes);
    checkMembers(value);
    const certificate = readCertificate(value);
    const findings = certificateFindings(certificate);
    checkFederation(certificate, findings, pin);
    await checkSignatures(findings.jobs, verifier);
    summary = summaryOf(certificate, findings);
  } catch (error) {
    faults.catch('certificate', error);
  }
  return faults.verdict(path, 'certificate', summary);
}

/** Members beside those that are read could be changed unseen. */
function checkMembers(value: JsonValue): void {
  const members = ['format', 'federation', 'entry', 'votes'];
  const decides = isObject(value) && value['decisions'] !== undefined;
  if (decides) members.push('decisions');
  const certificate = new Fields(value, members, '', malformed);
  certificate.list('votes', WITNESSES_COUNT_MAX).forEach((vote, i) => {
    new Fields(vote, VOTE_MEMBERS, `votes[${i}]`, malformed);
  });
  if (!decides) return;
  const decisions = certificate.list('decisions', GOVERNANCE_EPOCH_MAX);
  if (decisions.length === 0) throw malformed('decisions', 'must list some, or be left out');
  decisions.forEach((decision, i) => {
    new Fields(decision, ['proposal', 'declarations'], `decisions[${i}]`, malformed);
  });
}

function checkFederation({ entry }: Certificate, { federation, chain }: Findings, pin: Federation | undefined): void {
  if (pin !== undefined && pin.id !== federation.id) {
    throw new TessraxError('wrong_federation', `it is of federation ${federation.id}, not of ${pin.id}`);
  }
  const { origin, seq } = fromFlat(entry);
  const refusal = chain.writerRefusal(origin, seq);
  if (refusal !== undefined) throw new TessraxError(refusal, 'its origin may not write this entry');
}

function summaryOf({ entry, votes }: Certificate, { federation: { id, name }, electorate }: Findings): AuditSummary {
  const { hash } = entry;
  return {
    federation: { id, name },
    entries: 1,
    receipt: typeof hash === 'string' ? hash : '',
    votes: votes.length,
    threshold: electorate.threshold,
    epoch: electorate.since,
  };
}

function malformed(member: string, message: string): TessraxError {
  return new TessraxError('certificate_malformed', `${CERTIFICATE_FORMAT}: ${member}: ${message}`, {
    fields: { member },
  });
}
