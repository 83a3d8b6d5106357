/** tessrax verify: exports, proofs and data folders, checked without a node and without trust in one. */
import type { Command } from 'commander';
import { describeError } from '../core/errors.ts';
import type { Federation } from '../core/federation/genesis.ts';
import type { AuditSummary, Verdict } from '../offline/context.ts';
import { loadFederationFile } from '../offline/federation-file.ts';
import { verifyPath } from '../offline/verify-path.ts';
import type { Verifier } from '../ports.ts';
import { createVerifierPool } from '../verify/pool.ts';
import { commandWith, type JsonOption } from './command.ts';
import { EXIT } from './exit.ts';
import { count, counted, print, printable, printJson, styled, timeText } from './output.ts';

interface Options extends JsonOption {
  readonly federation?: string;
}

export function command(): Command {
  return commandWith(
    'verify',
    'Check exports, proofs and the data folders of stopped nodes, offline: every entry, chain, root and signature.',
    ['tessrax verify ledger.jsonl', 'tessrax verify --federation federation.json proof.json tessrax-data'],
  )
    .argument('<path...>', 'exports, proofs, data folders: told apart by content')
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
      const verdict = await verifyPath(path, pin === undefined ? { verifier } : { verifier, pin });
      if (json) printJson(verdictJson(verdict));
      else for (const line of verdictLines(verdict)) print(line);
      if (!verdict.verified) exitCode = Math.max(exitCode, EXIT.no);
    } catch (error) {
      if (json) printJson({ path, verified: false, error: describeError(error) });
      process.stderr.write(`tessrax: ${describeError(error)}\n`);
      exitCode = EXIT.usage;
    }
  }
  return exitCode;
}

function verdictLines({ path, kind, verified, faults, faultCount, summary }: Verdict): string[] {
  if (verified && summary !== undefined)
    return [`${path}: ${styled('green', 'verified')}: ${summaryText(kind, summary)}`];
  const lines = faults.map(({ place, what, code }) => `  ${printable(`${place}: ${what}`)} [${code}]`);
  if (faultCount > faults.length)
    lines.push(`  and ${counted(faultCount - faults.length, 'more fault', 'more faults')}`);
  return [
    `${path}: ${styled('red', 'NOT VERIFIED')}: ${counted(faultCount, 'fault', 'faults')} in this ${kind}`,
    ...lines,
  ];
}

function summaryText(
  kind: Verdict['kind'],
  { entries, feeds, root, signer, receipt, partial, journalEntries }: AuditSummary,
): string {
  const organisation =
    signer?.organisation === undefined || signer.organisation === '' ? '' : ` (${printable(signer.organisation)})`;
  const signed =
    signer === undefined ? '' : `, signed by ${signer.peer}${organisation} at ${timeText(signer.timestampMs)}`;
  if (kind === 'proof') return `entry ${receipt ?? ''} is in the ledger with root ${root}${signed}`;
  const journal =
    journalEntries === undefined ? '' : ` and ${counted(journalEntries, 'journal entry', 'journal entries')}`;
  const part =
    partial === true
      ? ` (a part of the ledger of ${counted(feeds, 'feed', 'feeds')})`
      : ` of ${counted(feeds, 'feed', 'feeds')}`;
  return `${count(entries)} ${entries === 1 ? 'entry' : 'entries'}${part}${journal}, root ${root}${signed}`;
}

function verdictJson({ path, kind, verified, faults, faultCount, summary }: Verdict): object {
  const signer = summary?.signer;
  return {
    path,
    kind,
    verified,
    ...(summary === undefined
      ? {}
      : {
          federation: summary.federation,
          entries: summary.entries,
          feeds: summary.feeds,
          root: summary.root,
          ...(summary.receipt === undefined ? {} : { receipt: summary.receipt }),
          ...(summary.partial === undefined ? {} : { partial: summary.partial }),
          ...(summary.journalEntries === undefined ? {} : { journal_entries: summary.journalEntries }),
          ...(signer === undefined
            ? {}
            : { signed_by: signer.peer, organisation: signer.organisation ?? null, signed_ms: signer.timestampMs }),
        }),
    fault_count: faultCount,
    faults,
  };
}
