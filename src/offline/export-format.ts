/**
 * The format of an export, tessrax-export/1: lines, each the canonical JSON (RFC 8785) of an object and a newline, so that no byte can
 * change unseen. The first is the header: the federation file, the feeds of one moment, and a node's signature under their ledger root.
 * Then the entries, flat, feed by feed in the header's order. A part of an export names the places where its feeds begin, with
 * the roots of the perfect subtrees before them: so a part too is checked up to the signed root.
 */
import { compareBytes, equalBytes, toHex } from '../core/bytes.ts';
import type { JsonObject, JsonValue } from '../core/entry/canonical-json.ts';
import { HASH_BYTES, SIGNATURE_BYTES } from '../core/entry/header.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import type { SignatureJob } from '../core/events.ts';
import { type FlatDecision, flatDecisionJson, readFlatDecisions } from '../core/federation/decision-json.ts';
import { type Federation, readFederation } from '../core/federation/genesis.ts';
import { type Checkpoint, ledgerLeaf } from '../core/ledger/ledger.ts';
import { FEEDS_COUNT_MAX, PROOF_HASHES_MAX } from '../core/limits.ts';
import { MerkleTree } from '../core/merkle/tree.ts';
import { type PeerIdText, publicKeyOf } from '../core/peer-id.ts';
import { EXPORT_FORMAT, type RootStatement, rootStatementHash } from '../core/proof.ts';
import { Fields } from './fields.ts';

/** Where a feed begins in a part of an export. */
export interface ExportPart {
  readonly origin: PeerIdText;
  readonly from: number;
  /** Roots of the perfect subtrees over the entries before `from`, largest first. */
  readonly peaks: readonly Uint8Array[];
}

export interface ExportHeader {
  readonly federation: Federation;
  readonly federationFile: JsonObject;
  /** Sorted by public key. */
  readonly feeds: readonly Checkpoint[];
  /** Absent: the whole ledger. Feeds that are not named are not in the file. */
  readonly parts?: readonly ExportPart[];
  readonly statement: RootStatement;
  readonly signature: Uint8Array;
  /** How the epochs ended up to that which made witnesses of all origins that the federation file does not let write. */
  readonly decisions: readonly FlatDecision[];
}

export function exportHeaderJson(header: ExportHeader): JsonObject {
  const { federationFile, feeds, parts, statement, signature, decisions } = header;
  const { federation, node, height, root, timestampMs } = statement;
  return {
    format: EXPORT_FORMAT,
    federation: federationFile,
    feeds: feeds.map(({ origin, size, root: feedRoot }) => ({ origin, size, root: toHex(feedRoot) })),
    ...(parts === undefined
      ? {}
      : { parts: parts.map(({ origin, from, peaks }) => ({ origin, from, peaks: peaks.map(toHex) })) }),
    statement: { federation, node, height, feeds: statement.feeds, root: toHex(root), timestamp: timestampMs },
    signature: toHex(signature),
    ...(decisions.length === 0 ? {} : { decisions: decisions.map(flatDecisionJson) }),
  };
}

/** Reads a header's shape. Throws `export_malformed`, `federation_invalid`. */
export function readExportHeader(json: JsonValue): ExportHeader {
  const members = ['format', 'federation', 'feeds', 'parts?', 'statement', 'signature', 'decisions?'];
  const header = new Fields(json, members, '', malformed);
  if (header.value('format') !== EXPORT_FORMAT) throw malformed('format', `must be "${EXPORT_FORMAT}"`);
  const federationFile = header.value('federation');
  if (!isObject(federationFile)) throw malformed('federation', 'must be a federation file');
  const hasParts = header.value('parts') !== undefined;
  return {
    federation: readFederation(federationFile),
    federationFile,
    feeds: header.list('feeds', FEEDS_COUNT_MAX).map(readFeed),
    ...(hasParts ? { parts: header.list('parts', FEEDS_COUNT_MAX).map(readPart) } : {}),
    statement: readStatement(header.value('statement')),
    signature: header.bytes('signature', SIGNATURE_BYTES),
    decisions: readFlatDecisions(header.value('decisions') ?? []),
  };
}

/** Holds the header's parts against each other, and gives the signature to check. Throws `export_…`. */
export function examineExportHeader(header: ExportHeader): SignatureJob {
  const { federation, feeds, parts, statement, signature } = header;
  if (statement.federation !== federation.id) {
    throw wrong(
      'export_federation',
      `the statement is of federation ${statement.federation}, the federation file of ${federation.id}`,
    );
  }
  let last: Uint8Array | undefined;
  for (const { origin } of feeds) {
    const key = publicKeyOf(origin);
    if (key === undefined || (last !== undefined && compareBytes(last, key) >= 0)) {
      throw wrong('export_feeds', 'the feeds are not sorted by public key, or one is there twice');
    }
    last = key;
  }
  if (feeds.some(({ size }) => size === 0)) throw wrong('export_feeds', 'a feed without entries is listed');
  const height = feeds.reduce((sum, { size }) => sum + size, 0);
  const { root } = new MerkleTree(feeds.map(ledgerLeaf));
  if (statement.feeds !== feeds.length || statement.height !== height || !equalBytes(statement.root, root)) {
    throw wrong('export_root', 'the feeds do not make the ledger root that was signed');
  }
  checkParts(feeds, parts ?? []);
  const key = publicKeyOf(statement.node) ?? new Uint8Array();
  return { domain: 'root', key, hash: rootStatementHash(statement), signature };
}

/** Parts name feeds of the header, in its order, and places in them. */
function checkParts(feeds: readonly Checkpoint[], parts: readonly ExportPart[]): void {
  let at = 0;
  for (const { origin, from } of parts) {
    while (at < feeds.length && feeds[at]?.origin !== origin) at++;
    const feed = feeds[at];
    if (feed === undefined || from > feed.size)
      throw wrong('export_parts', 'a part is not in the order of the feeds, or begins behind its feed');
    at++;
  }
}

function readFeed(value: JsonValue, i: number): Checkpoint {
  const feed = new Fields(value, ['origin', 'size', 'root'], `feeds[${i}]`, malformed);
  return { origin: feed.peer('origin'), size: feed.whole('size'), root: feed.bytes('root', HASH_BYTES) };
}

function readPart(value: JsonValue, i: number): ExportPart {
  const part = new Fields(value, ['origin', 'from', 'peaks'], `parts[${i}]`, malformed);
  return { origin: part.peer('origin'), from: part.whole('from'), peaks: part.hashes('peaks', PROOF_HASHES_MAX) };
}

export function readStatement(value: JsonValue | undefined): RootStatement {
  const statement = new Fields(
    value,
    ['federation', 'node', 'height', 'feeds', 'root', 'timestamp'],
    'statement',
    malformed,
  );
  return {
    federation: statement.text('federation'),
    node: statement.peer('node'),
    height: statement.whole('height'),
    feeds: statement.whole('feeds'),
    root: statement.bytes('root', HASH_BYTES),
    timestampMs: statement.whole('timestamp'),
  };
}

function malformed(member: string, message: string): TessraxError {
  return new TessraxError('export_malformed', `header of the export: ${member}: ${message}`, { fields: { member } });
}

function wrong(code: string, message: string): TessraxError {
  return new TessraxError(code, `header of the export: ${message}`);
}
