/** tessrax verify: exports, proofs, certificates and data folders, checked without a node and without trust in one. */
import type { Command } from 'commander';
import { describeError } from '../core/errors.ts';
import type { Federation } from '../core/federation/genesis.ts';
import type { AuditContext, AuditSummary, SealSummary, Verdict } from '../offline/context.ts';
import { loadFederationFile } from '../offline/federation-file.ts';
import { verifyPath } from '../offline/verify-path.ts';
import type { Verifier } from '../ports.ts';
import { createVerifierPool } from '../verify/pool.ts';
import { commandWith, type JsonOption } from './command.ts';
import { EXIT } from './exit.ts';
import { count, counted, printable, printJson, printText, styled, timeText } from './output.ts';
import { Progress } from './progress.ts';

interface Options extends JsonOption {
  readonly federation?: string;
}

export function command(): Command {
  return commandWith(
    'verify',
    'Check exports, proofs, certificates and the data folders of stopped nodes, offline: every entry, chain, root and signature.',
    ['tessrax verify ledger.jsonl', 'tessrax verify --federation federation.json proof.json tessrax-data'],
  )
    .argument('<path...>', 'exports, proofs, certificates, data folders: told apart by content')
    .option('--federation <file>', 'the federation that it must be; without it, each says itself which it is of')
    .action(async (paths: string[], { federation, json }: Options) => {
      const pin = federation === undefined ? undefined : (await loadFederationFile(federation)).federation;
      const verifier = createVerifierPool();
      try {
        process.exitCode = await verifyAll(paths, { pin, verifier, json: json === true });
      } finally {
        await verifier.close();
      }
    });
}

interface Means {
  readonly pin: Federation | undefined;
  readonly verifier: Verifier;
  readonly json: boolean;
}

/** The exit code: what cannot be read counts more than what does not hold. */
async function verifyAll(paths: readonly string[], { pin, verifier, json }: Means): Promise<number> {
  let exitCode: number = EXIT.done;
  for (const path of paths) {
    try {
      const verdict = await examine(path, pin === undefined ? { verifier } : { verifier, pin });
      if (json) printJson(verdictJson(verdict));
      else for (const line of verdictLines(verdict)) printText(line);
      if (!verdict.verified) exitCode = Math.max(exitCode, EXIT.no);
    } catch (error) {
      if (json) printJson({ path, verified: false, error: describeError(error) });
      process.stderr.write(`tessrax: ${describeError(error)}\n`);
      exitCode = EXIT.usage;
    }
  }
  return exitCode;
}

/** Shows how far it is, and how long it will take, while it goes on. */
async function examine(path: string, context: AuditContext): Promise<Verdict> {
  let progress: Progress | undefined;
  try {
    return await verifyPath(path, {
      ...context,
      onEntry: (examined, total) => {
        progress ??= new Progress('checked', total);
        progress.show(examined);
      },
    });
  } finally {
    progress?.end();
  }
}

function verdictLines({ path, kind, verified, faults, faultCount, summary }: Verdict): string[] {
  if (verified && summary !== undefined)
    return [
      `${path}: ${styled('green', 'verified')}: ${summaryText(kind, summary)}`,
      ...(summary.seals ?? []).map((seal) => `  ${sealText(seal)}`),
    ];
  const lines = faults.map(({ place, what, code }) => `  ${printable(`${place}: ${what}`)} [${code}]`);
  if (faultCount > faults.length)
    lines.push(`  and ${counted(faultCount - faults.length, 'more fault', 'more faults')}`);
  return [
    `${path}: ${styled('red', 'NOT VERIFIED')}: ${counted(faultCount, 'fault', 'faults')} in this ${kind}`,
    ...lines,
  ];
}

function summaryText(kind: Verdict['kind'], summary: AuditSummary): string {
  const { entries, receipt = '', root = '', votes = 0, threshold = 0, epoch = 0 } = summary;
  if (kind === 'certificate') {
    return `entry ${receipt} is final: ${counted(votes, 'witness vouches', 'witnesses vouch')} for it, ${threshold} are needed${epoch === 0 ? '' : ` since epoch ${epoch}`}`;
  }
  if (kind === 'proof') return `entry ${receipt} is in the ledger with root ${root}${signedText(summary)}`;
  const { feeds = 0, partial, journalEntries } = summary;
  const journal =
    journalEntries === undefined ? '' : ` and ${counted(journalEntries, 'journal entry', 'journal entries')}`;
  const ledger = counted(feeds, 'feed', 'feeds');
  const part = partial === true ? ` (a part of a ledger of ${ledger})` : ` of ${ledger}`;
  return `${counted(entries, 'entry', 'entries')}${part}${journal}, root ${root}${signedText(summary)}`;
}

function sealText({ origin, from, reason, kept, uncovered, quarantined }: SealSummary): string {
  const open = uncovered === 0 ? '' : `, ${uncovered} of them not shown to be certified: the node had not finished`;
  return `feed of ${origin} sealed from entry ${from} on (${reason}): ${counted(kept, 'entry', 'entries')} kept${open}, ${count(quarantined)} in quarantine`;
}

function signedText({ signer }: AuditSummary): string {
  if (signer === undefined) return '';
  const { peer, organisation = '', timestampMs } = signer;
  return `, signed by ${peer}${organisation === '' ? '' : ` (${printable(organisation)})`} at ${timeText(timestampMs)}`;
}

function verdictJson({ path, kind, verified, faults, faultCount, summary }: Verdict): object {
  return {
    path,
    kind,
    verified,
    ...(summary === undefined ? {} : summaryJson(summary)),
    fault_count: faultCount,
    faults,
  };
}

function summaryJson(summary: AuditSummary): object {
  const { federation, entries, feeds, root, receipt, votes, threshold, epoch, partial, journalEntries, signer } =
    summary;
  const { seals, revocations } = summary;
  const members = {
    federation,
    entries,
    feeds,
    root,
    receipt,
    votes,
    threshold,
    epoch,
    partial,
    journal_entries: journalEntries,
    seals,
    revocations,
    signed_by: signer?.peer,
    organisation: signer?.organisation,
    signed_ms: signer?.timestampMs,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
