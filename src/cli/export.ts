/** tessrax export: the ledger as JSON Lines that anybody can verify offline. */
import type { Command } from 'commander';
import { type ExportPiece, type ExportQuery, openExport } from '../client/export.ts';
import { toHex } from '../core/bytes.ts';
import { publicKeyOf } from '../core/peer-id.ts';
import { type ExportHeader, examineExportHeader, readExportHeader } from '../offline/export-format.ts';
import { replaceFile } from '../offline/files.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { usageError } from './exit.ts';
import { counted, printJson, printText, writeOut } from './output.ts';
import { Progress } from './progress.ts';

interface Options extends NodeOptions {
  readonly from?: string;
  readonly origin?: string;
  readonly out?: string;
}

export function command(): Command {
  return nodeCommand(
    'export',
    'Write the ledger as JSON Lines: a signed header, then every entry. tessrax verify checks it offline.',
    ['tessrax export --out ledger.jsonl', 'tessrax export --from 12D3KooW…:1000 > newer.jsonl'],
  )
    .option('--from <origin[:seq]>', 'begin at this entry, in the order of the feeds (by public key)')
    .option('--origin <peer>', 'only the feed of this peer')
    .option('--out <file>', 'file to write, put in place when it is complete; without it, standard output')
    .action(exportLedger);
}

async function exportLedger(options: Options): Promise<void> {
  const query = readQuery(options);
  const { header: json, total, pieces } = await openExport(await connect(options), query);
  const header = readExportHeader(json);
  examineExportHeader(header); // what nobody could verify is not written
  const { out } = options;
  if (out === undefined) {
    // Beside the entries themselves a line that is drawn again would be noise.
    await pass(pieces, writeOut, process.stdout.isTTY ? undefined : new Progress('exported', total));
    return;
  }
  const file = await replaceFile(out);
  try {
    await pass(pieces, file.write, new Progress('exported', total));
    await file.commit();
    report({ ...options, out }, header, total);
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Passes the bytes on as they are: `tessrax verify` looks at each. */
async function pass(
  pieces: AsyncIterable<ExportPiece>,
  write: (bytes: Uint8Array) => Promise<void>,
  progress: Progress | undefined,
): Promise<void> {
  try {
    for await (const { bytes, entries } of pieces) {
      await write(bytes);
      progress?.show(entries);
    }
  } finally {
    progress?.end();
  }
}

function report({ out, json }: Options, { statement }: ExportHeader, entries: number): void {
  const root = toHex(statement.root);
  if (json)
    printJson({ path: out, entries, height: statement.height, feeds: statement.feeds, root, node: statement.node });
  else
    printText(
      `${out}: ${counted(entries, 'entry', 'entries')} of ${counted(statement.feeds, 'feed', 'feeds')}, root ${root}`,
    );
}

function readQuery({ from, origin }: Options): ExportQuery {
  if (origin !== undefined && publicKeyOf(origin) === undefined)
    throw usageError(`--origin: "${origin}" is not a peer ID`);
  const start = from === undefined ? {} : { from: placeOf(from) };
  if (start.from !== undefined && origin !== undefined && !start.from.startsWith(`${origin}:`))
    throw usageError('--from and --origin name two feeds', 'leave --origin out');
  return origin === undefined ? start : { ...start, origin };
}

/** ORIGIN:SEQ. */
function placeOf(from: string): string {
  const [, peer = '', seq = '0'] = /^([^:]*)(?::(\d{1,16}))?$/.exec(from) ?? [];
  if (publicKeyOf(peer) === undefined || !Number.isSafeInteger(Number(seq)))
    throw usageError(`--from: "${from}" is not ORIGIN or ORIGIN:SEQ`, 'for example --from 12D3KooW…:1000');
  return `${peer}:${seq}`;
}
