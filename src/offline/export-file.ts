/** Examines an export: every line, every entry, every signature, up to the signed ledger root. */
import { sha256 } from '#sha256';
import { equalBytes, toHex } from '../core/bytes.ts';
import { canonicalize, type JsonValue } from '../core/entry/canonical-json.ts';
import { encodeEntry } from '../core/entry/codec.ts';
import { type FlatClaim, fromFlat } from '../core/entry/flat.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import type { SignatureJob } from '../core/events.ts';
import { followDecisions } from '../core/federation/decision-json.ts';
import { EpochChain } from '../core/federation/epoch-chain.ts';
import { emptyHead } from '../core/ledger/admission.ts';
import { type Checkpoint, checkpointOf } from '../core/ledger/ledger.ts';
import { EXPORT_HEADER_BYTES_MAX, EXPORT_LINE_BYTES_MAX } from '../core/limits.ts';
import { rootOfPeaks } from '../core/merkle/compact-range.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import { type AuditContext, signerOf, type Verdict } from './context.ts';
import { type ExportHeader, type ExportPart, examineExportHeader, readExportHeader } from './export-format.ts';
import { entryPlace, Faults } from './faults.ts';
import { FeedAudit } from './feed-audit.ts';
import { type Line, lineJson, lineText, readFileLines } from './lines.ts';
import { SignatureChecks } from './signature-checks.ts';

/** Rejects with `file_unreadable` only; everything else that is wrong with the file is in the verdict. */
export async function verifyExport(path: string, { verifier, pin, onEntry }: AuditContext): Promise<Verdict> {
  const faults = new Faults();
  const signatures = new SignatureChecks(verifier, (place) =>
    faults.add(place, 'signature_invalid', 'a signature is wrong'),
  );
  let header: ExportHeader | undefined;
  let entries: EntryLines | undefined;
  try {
    for await (const line of readFileLines(path, (number) =>
      number === 1 ? EXPORT_HEADER_BYTES_MAX : EXPORT_LINE_BYTES_MAX,
    )) {
      if (entries !== undefined) {
        await entries.take(line);
        onEntry?.(entries.count, entries.total);
        continue;
      }
      header = readExportHeader(canonicalLine(line));
      await signatures.add([examineExportHeader(header)], 'line 1, statement');
      if (pin !== undefined && pin.id !== header.federation.id) throw wrongFederation(header, pin.id);
      const chain = new EpochChain(header.federation);
      await signatures.add(followDecisions(chain, header.decisions), 'line 1, decisions');
      entries = new EntryLines(header, { chain, faults, signatures });
    }
    entries?.end();
  } catch (error) {
    if (error instanceof TessraxError && error.code === 'file_unreadable') throw error;
    faults.catch(header === undefined || entries === undefined ? 'line 1' : 'file', error);
  }
  await signatures.end();
  if (header === undefined && faults.count === 0) faults.add('file', 'export_empty', 'it is empty');
  return faults.verdict(path, 'export', header === undefined ? undefined : summaryOf(header, entries?.count ?? 0));
}

/** Takes the lines behind the header. What is wrong with an entry ends the examination of its feed, not of the others. */
class EntryLines {
  readonly #chain: EpochChain;
  readonly #feeds: ReadonlyMap<PeerIdText, Checkpoint>;
  readonly #faults: Faults;
  readonly #signatures: SignatureChecks;
  readonly #parts: readonly ExportPart[];
  /** The part that lines are taken for, and its feed so far; none before its first line. */
  #at = 0;
  #audit: FeedAudit | undefined;
  #broken = false;
  count = 0;
  /** Entries that the header promises. */
  readonly total: number;

  constructor(
    header: ExportHeader,
    { chain, faults, signatures }: { chain: EpochChain; faults: Faults; signatures: SignatureChecks },
  ) {
    this.#chain = chain;
    this.#feeds = new Map(header.feeds.map((feed) => [feed.origin, feed]));
    this.#faults = faults;
    this.#signatures = signatures;
    this.#parts = header.parts ?? header.feeds.map(({ origin }) => ({ origin, from: 0, peaks: [] }));
    this.total = this.#parts.reduce((sum, { origin, from }) => sum + (this.#feeds.get(origin)?.size ?? from) - from, 0);
  }

  async take(line: Line): Promise<void> {
    this.count++;
    const { place, jobs } = this.#examine(line);
    await this.#signatures.add(jobs, place);
  }

  #examine(line: Line): { readonly place: string; readonly jobs: readonly SignatureJob[] } {
    let place = `line ${line.number}`;
    try {
      const flat = canonicalLine(line);
      if (!isObject(flat)) throw new TessraxError('entry_malformed', 'it is not an object');
      const claim = fromFlat(flat);
      place += `, ${entryPlace(claim.log, claim.origin, claim.seq)}`;
      this.#seek(claim);
      return { place, jobs: this.#broken ? [] : this.#add(claim) };
    } catch (error) {
      // Behind a fault in its feed an entry says nothing new: the chain is broken there.
      if (!this.#broken || !(error instanceof TessraxError)) this.#faults.catch(place, error);
      this.#broken = true;
      return { place, jobs: [] };
    }
  }

  end(): void {
    while (this.#at < this.#parts.length) this.#finishFeed();
  }

  /** Moves on to the feed of this entry, over feeds that must be complete then. */
  #seek(claim: FlatClaim): void {
    if (this.#parts[this.#at]?.origin === claim.origin) return;
    if (!this.#parts.slice(this.#at).some(({ origin }) => origin === claim.origin)) {
      throw new TessraxError('entry_out_of_place', 'an entry of this feed should not stand here');
    }
    while (this.#parts[this.#at]?.origin !== claim.origin) this.#finishFeed();
  }

  #finishFeed(): void {
    const part = this.#parts[this.#at];
    const feed = part === undefined ? undefined : this.#feeds.get(part.origin);
    if (part !== undefined && feed !== undefined && !this.#broken) this.#checkEnd(part, feed);
    this.#at++;
    this.#audit = undefined;
    this.#broken = false;
  }

  #checkEnd({ origin, from, peaks }: ExportPart, feed: Checkpoint): void {
    const place = `feed of ${origin}`;
    const end = this.#audit === undefined ? { size: from, root: rootOfPeaks(peaks) } : checkpointOf(this.#audit.head);
    if (end.size !== feed.size) {
      this.#faults.add(
        place,
        'feed_incomplete',
        `it ends before entry ${end.size}; the header says that it has ${feed.size} entries`,
      );
    } else if (!equalBytes(end.root, feed.root)) {
      this.#faults.add(place, 'feed_root_mismatch', 'its entries do not make the root that the header gives');
    }
  }

  #add(claim: FlatClaim): readonly SignatureJob[] {
    const part = this.#parts[this.#at];
    const feed = this.#feeds.get(claim.origin);
    if (part === undefined || feed === undefined || claim.log !== 'ledger' || claim.seq >= feed.size) {
      throw new TessraxError('entry_out_of_place', 'this entry is not among those that the header names');
    }
    // What lies before a part is not here: its first entry says, under its signature, what it continues.
    const start = { ...emptyHead(part.origin, 'ledger'), size: part.from, peaks: part.peaks };
    this.#audit ??= new FeedAudit(this.#chain, part.from === 0 ? start : { ...start, hash: claim.prev });
    return auditClaim(this.#audit, claim, this.#chain.id);
  }
}

/** Adds a flat entry to its feed, and holds everything that it says of itself against what it is. */
function auditClaim(audit: FeedAudit, claim: FlatClaim, federation: string): readonly SignatureJob[] {
  if (claim.federation !== federation) throw new TessraxError('wrong_federation', 'it is of another federation');
  if (!equalBytes(claim.prev, audit.head.hash))
    throw new TessraxError('chain_broken', 'it does not name the entry before it');
  const { candidate } = audit.add(claim.seq, { ...claim, bytes: encodeEntry(claim) });
  if (!equalBytes(sha256(claim.body), claim.bodyHash) || claim.body.length !== claim.bodySize) {
    throw new TessraxError('body_hash_mismatch', 'its body is not the one that its header names');
  }
  if (!equalBytes(candidate.hash, claim.hash))
    throw new TessraxError('hash_mismatch', 'its receipt hash is not that of its header');
  return candidate.jobs;
}

/** The value of a line that is written as the format says, to the last byte. */
function canonicalLine(line: Line): JsonValue {
  const value = lineJson(line);
  if (!line.ended) throw new TessraxError('line_cut_off', 'the file ends inside this line');
  if (canonicalize(value) !== lineText(line)) {
    throw new TessraxError(
      'line_not_canonical',
      'it is not canonical JSON (RFC 8785): white space, order or spelling was changed',
    );
  }
  return value;
}

function wrongFederation(header: ExportHeader, pinned: string): TessraxError {
  return new TessraxError('wrong_federation', `it is of federation ${header.federation.id}, not of ${pinned}`);
}

function summaryOf(header: ExportHeader, entries: number): NonNullable<Verdict['summary']> {
  const { federation, statement, feeds, parts } = header;
  return {
    federation: { id: federation.id, name: federation.name },
    entries,
    feeds: feeds.length,
    root: toHex(statement.root),
    signer: signerOf(federation, statement),
    partial: parts !== undefined,
  };
}
