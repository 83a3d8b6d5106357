/** tessrax export: the ledger as JSON Lines that anybody can verify offline. */
import type { Command } from 'commander';
import type { NodeClient } from '../client/connection.ts';
import { toHex } from '../core/bytes.ts';
import { canonicalize, type JsonObject } from '../core/entry/canonical-json.ts';
import { TessraxError } from '../core/errors.ts';
import type { Checkpoint } from '../core/ledger/ledger.ts';
import { API_PAGE_ENTRIES_MAX } from '../core/limits.ts';
import { type PeerIdText, publicKeyOf } from '../core/peer-id.ts';
import { EXPORT_FORMAT, readProof } from '../core/proof.ts';
import {
  type ExportHeader,
  type ExportPart,
  examineExportHeader,
  exportHeaderJson,
  readExportHeader,
} from '../offline/export-format.ts';
import { replaceFile } from '../offline/files.ts';
import { peaksBefore } from '../offline/peaks.ts';
import { numberIn, objectsIn, textIn } from './answers.ts';
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
  const start = readStart(options);
  const client = await connect(options);
  const header = readExportHeader({ format: EXPORT_FORMAT, ...(await client.get('/v1/export/header')) });
  examineExportHeader(header); // what nobody could verify is not written
  const parts = await choosePlaces(client, header, start, options.origin);
  const complete = parts === undefined ? header : { ...header, parts };
  if (options.out === undefined) {
    // Beside the entries themselves a line that is drawn again would be noise.
    const progress = process.stdout.isTTY ? undefined : new Progress('exported', totalOf(complete));
    await writeExport(client, complete, writeOut, progress);
    return;
  }
  const file = await replaceFile(options.out);
  try {
    const entries = await writeExport(client, complete, file.write, new Progress('exported', totalOf(complete)));
    await file.commit();
    report(options, header, entries);
  } catch (error) {
    await file.discard();
    throw error;
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

interface Start {
  readonly origin: PeerIdText;
  readonly seq: number;
}

function readStart({ from, origin }: Options): Start | undefined {
  if (origin !== undefined && publicKeyOf(origin) === undefined)
    throw usageError(`--origin: "${origin}" is not a peer ID`);
  if (from === undefined) return undefined;
  const [peer = '', seqText = '0', ...rest] = from.split(':');
  const seq = Number(seqText);
  if (publicKeyOf(peer) === undefined || !/^\d+$/.test(seqText) || !Number.isSafeInteger(seq) || rest.length > 0) {
    throw usageError(`--from: "${from}" is not ORIGIN or ORIGIN:SEQ`, 'for example --from 12D3KooW…:1000');
  }
  if (origin !== undefined && origin !== peer)
    throw usageError('--from and --origin name two feeds', 'leave --origin out');
  return { origin: peer, seq };
}

/** Where each exported feed begins; undefined for the whole ledger. */
async function choosePlaces(
  client: NodeClient,
  { feeds }: ExportHeader,
  start: Start | undefined,
  only: PeerIdText | undefined,
): Promise<ExportPart[] | undefined> {
  if (start === undefined && only === undefined) return undefined;
  const at = start === undefined ? 0 : feeds.findIndex(({ origin }) => origin === start.origin);
  const chosen = feeds.slice(at < 0 ? feeds.length : at).filter(({ origin }) => only === undefined || origin === only);
  if (chosen.length === 0)
    throw new TessraxError('feed_unknown', `the node has no feed of ${start?.origin ?? only ?? ''}`, {
      remedy: 'tessrax log shows whose feeds it has',
    });
  const parts: ExportPart[] = [];
  for (const feed of chosen) {
    const from = feed.origin === start?.origin ? start.seq : 0;
    parts.push({ origin: feed.origin, from, peaks: from === 0 ? [] : await peaksOf(client, feed, from) });
  }
  return parts;
}

async function peaksOf(client: NodeClient, { origin, size }: Checkpoint, from: number): Promise<Uint8Array[]> {
  if (from >= size)
    throw new TessraxError('feed_ends', `the feed of ${origin} has ${size} entries: there is no entry ${from}`, {
      remedy: 'there is nothing newer to export',
    });
  const [first] = objectsIn(
    await client.get(`/v1/receipts?origin=${origin}&after=${origin}:${from}&limit=1`),
    'entries',
  );
  if (first === undefined) throw incomplete(origin, from, size);
  const { feed } = readProof(await client.get(`/v1/receipts/${textIn(first, 'hash')}/proof`));
  return peaksBefore(feed.index, feed.size, feed.path);
}

async function writeExport(
  client: NodeClient,
  header: ExportHeader,
  write: (text: string) => Promise<void>,
  progress: Progress | undefined,
): Promise<number> {
  await write(`${canonicalize(exportHeaderJson(header))}\n`);
  let entries = 0;
  for (const { feed, from } of rangesOf(header)) {
    for await (const page of feedPages(client, feed, from)) {
      await write(page.map((flat) => `${canonicalize(flat)}\n`).join(''));
      entries += page.length;
      progress?.show(entries);
    }
  }
  progress?.end();
  return entries;
}

function rangesOf({ feeds, parts }: ExportHeader): { readonly feed: Checkpoint; readonly from: number }[] {
  if (parts === undefined) return feeds.map((feed) => ({ feed, from: 0 }));
  const places = new Map(parts.map(({ origin, from }) => [origin, from]));
  return feeds.flatMap((feed) => {
    const from = places.get(feed.origin);
    return from === undefined ? [] : [{ feed, from }];
  });
}

function totalOf(header: ExportHeader): number {
  return rangesOf(header).reduce((sum, { feed, from }) => sum + feed.size - from, 0);
}

/** Entries of a feed up to the size in the header: what came later is of another moment. */
async function* feedPages(
  client: NodeClient,
  { origin, size }: Checkpoint,
  from: number,
): AsyncGenerator<readonly JsonObject[], void> {
  for (let next = from; next < size; ) {
    const limit = Math.min(API_PAGE_ENTRIES_MAX, size - next);
    const page = objectsIn(
      await client.get(`/v1/receipts?origin=${origin}&after=${origin}:${next}&limit=${limit}`),
      'entries',
    );
    if (page.length === 0 || page.length > limit || page.some((flat, i) => numberIn(flat, 'seq') !== next + i)) {
      throw incomplete(origin, next, size);
    }
    yield page;
    next += page.length;
  }
}

function incomplete(origin: PeerIdText, seq: number, size: number): TessraxError {
  return new TessraxError(
    'export_incomplete',
    `the node does not give entry ${seq} of ${size} of the feed of ${origin}`,
    {
      remedy: 'look at its log; stop it and check its folder with tessrax verify',
      fields: { origin, seq },
    },
  );
}
