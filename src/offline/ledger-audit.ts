/**
 * Every record of a node's database: each feed from genesis by the rules, its tree, its head, the index of hashes, the kept
 * votes and statements of others, what is sealed and in quarantine. A record that nothing accounts for is a fault too.
 */
import { BinaryReader } from '../core/binary.ts';
import { compareBytes, equalBytes, toHex } from '../core/bytes.ts';
import { readEntry } from '../core/entry/codec.ts';
import { TessraxError } from '../core/errors.ts';
import type { PlacedEntry, SealRecord } from '../core/events.ts';
import { examineDecision, readDecision } from '../core/federation/decision.ts';
import { EpochChain } from '../core/federation/epoch-chain.ts';
import type { Federation } from '../core/federation/genesis.ts';
import { emptyHead } from '../core/ledger/admission.ts';
import type { FeedHead, Subtree } from '../core/ledger/feed.ts';
import { Ledger } from '../core/ledger/ledger.ts';
import { isRevocation } from '../core/ledger/seal-reason.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { Verifier } from '../ports.ts';
import { type Database, getValues } from '../store/database.ts';
import { FeedReader } from '../store/feed-reader.ts';
import { isGovernance } from '../store/governance-index.ts';
import { FeedKeys, governanceKey, hashKey, subtreeKey } from '../store/keys.ts';
import { readDecisions, readHeads } from '../store/opening.ts';
import { unsealHash, unsealPlace } from '../store/records.ts';
import type { AuditContext, AuditSummary, SealSummary } from './context.ts';
import { entryPlace, type Faults } from './faults.ts';
import { FeedAudit } from './feed-audit.ts';
import { QuarantineAudit } from './quarantine-audit.ts';
import { checkRecords } from './record-audit.ts';
import { compareWithCertificate, readSealsAndRevocations, type SealAuditParts } from './seal-audit.ts';
import { SignatureChecks } from './signature-checks.ts';
import { FeedVotes } from './vote-audit.ts';

export interface LedgerAuditParts {
  readonly db: Database;
  readonly federation: Federation;
  readonly node: PeerIdText;
  readonly verifier: Verifier;
  readonly faults: Faults;
  readonly onEntry?: AuditContext['onEntry'];
}

export class LedgerAudit {
  readonly #parts: LedgerAuditParts;
  readonly #keys = new FeedKeys();
  readonly #signatures: SignatureChecks;
  readonly #ledger = new Ledger();
  readonly #chain: EpochChain;
  #journalEntries = 0;
  #examined = 0;
  /** Of all feeds and the journal, as their heads say. */
  #total = 0;
  #seals: ReadonlyMap<PeerIdText, SealRecord> = new Map();
  #revocations = 0;
  #quarantined: ReadonlyMap<PeerIdText, number> = new Map();
  /** How far votes and certificates show each sealed feed to be certified. */
  readonly #shown = new Map<PeerIdText, number>();
  /** Rounds of heartbeats that votes are in. */
  readonly #rounds = new Set<number>();
  /** How many records the feeds account for. */
  readonly #expected = { entries: 0, subtrees: 0, votes: 0, certified: 0, governance: 0, decisions: 0 };

  constructor(parts: LedgerAuditParts) {
    this.#parts = parts;
    this.#chain = new EpochChain(parts.federation);
    this.#signatures = new SignatureChecks(parts.verifier, (place) =>
      parts.faults.add(place, 'signature_invalid', 'a signature is wrong'),
    );
  }

  async run(): Promise<void> {
    const { db, federation, faults } = this.#parts;
    await this.#followDecisions();
    await this.#checkSeals({ db, chain: this.#chain, faults, signatures: this.#signatures });
    const heads = await this.#heads();
    this.#total = heads.reduce((sum, { size }) => sum + size, 0);
    for (const head of heads) await this.#checkFeed(head);
    for (const origin of this.#seals.keys()) if (this.#ledger.size(origin) === 0) await this.#checkEmptyFeed(origin);
    const { entries } = this.#expected;
    const accounted = { ...this.#expected, heads: heads.length, places: entries, heartbeats: this.#rounds.size };
    await checkRecords({
      db,
      faults,
      federation: federation.id,
      signatures: this.#signatures,
      expected: faults.count > 0 ? {} : accounted,
    });
    await this.#signatures.end();
  }

  summary(): AuditSummary {
    const { federation } = this.#parts;
    return {
      federation: { id: federation.id, name: federation.name },
      entries: this.#ledger.height,
      feeds: this.#ledger.feedCount,
      root: toHex(this.#ledger.root),
      journalEntries: this.#journalEntries,
      ...(this.#revocations === 0 ? {} : { revocations: this.#revocations }),
      ...(this.#seals.size === 0 ? {} : { seals: [...this.#seals.values()].map((seal) => this.#sealSummary(seal)) }),
    };
  }

  #sealSummary({ proof }: SealRecord): SealSummary {
    const { origin, seq: from } = proof;
    const kept = this.#ledger.size(origin);
    return {
      origin,
      from,
      reason: isRevocation(proof) ? 'revocation' : 'equivocation',
      kept,
      uncovered: Math.max(0, kept - Math.max(from, this.#shown.get(origin) ?? 0)),
      quarantined: this.#quarantined.get(origin) ?? 0,
    };
  }

  async #checkSeals(parts: SealAuditParts): Promise<void> {
    const { seals, revocations } = await readSealsAndRevocations(parts);
    const quarantine = new QuarantineAudit(parts, seals);
    await quarantine.run();
    this.#seals = seals;
    this.#revocations = revocations;
    this.#quarantined = quarantine.counts;
  }

  /** A feed that was cut off whole still has votes. */
  async #checkEmptyFeed(origin: PeerIdText): Promise<void> {
    try {
      (await this.#readVotes(origin)).end(0);
    } catch (error) {
      this.#parts.faults.catch(entryPlace('ledger', origin, 0), error);
    }
  }

  /** From the federation file to the witnesses in force, decision by decision. */
  async #followDecisions(): Promise<void> {
    const { db, faults } = this.#parts;
    try {
      for (const bytes of await readDecisions(db, 0, Number.POSITIVE_INFINITY)) {
        const reader = new BinaryReader(bytes);
        const decision = readDecision(reader);
        reader.end();
        const { ruling, jobs } = examineDecision(decision, this.#chain.id, this.#chain);
        await this.#signatures.add(jobs, `decision of epoch ${this.#chain.epoch}`);
        this.#chain.end(ruling);
        this.#expected.decisions += 1;
      }
    } catch (error) {
      faults.catch(`decision of epoch ${this.#chain.epoch}`, error);
    }
  }

  async #heads(): Promise<FeedHead[]> {
    try {
      return await readHeads(this.#parts.db);
    } catch (error) {
      this.#parts.faults.catch('heads', error);
      return [];
    }
  }

  /** A fault ends the examination of this feed, not of the others. */
  async #checkFeed(head: FeedHead): Promise<void> {
    const { origin, log, size } = head;
    const { db, faults, node } = this.#parts;
    const audit = new FeedAudit(this.#chain, emptyHead(origin, log));
    let place = entryPlace(log, origin, 0);
    this.#expected.entries += size;
    if (log === 'ledger') this.#ledger.set(head);
    else this.#journalEntries = size;
    try {
      if (log === 'journal' && origin !== node) {
        throw new TessraxError('wrong_journal', 'this journal is of another node');
      }
      const seal = log === 'ledger' ? this.#seals.get(origin) : undefined;
      const votes = log === 'ledger' ? await this.#readVotes(origin) : undefined;
      for await (const entries of new FeedReader(db, this.#keys).forward(log, { origin, from: 0, to: size }, size)) {
        const subtrees: Subtree[] = [];
        for (const entry of entries) {
          place = entryPlace(log, origin, entry.seq);
          subtrees.push(...(await this.#checkEntry(audit, entry, place)));
          votes?.compare(audit.head);
          if (seal !== undefined) compareWithCertificate(seal, audit.head);
        }
        await this.#checkPlaces(entries);
        await this.#checkGovernance(entries);
        await this.#checkSubtrees(subtrees);
        place = entryPlace(log, origin, audit.head.size);
      }
      checkHead(audit.head, head);
      votes?.end(size);
      if (seal !== undefined && votes !== undefined) this.#shown.set(origin, shownSize(seal, votes, size));
    } catch (error) {
      faults.catch(place, error);
    }
  }

  async #readVotes(origin: PeerIdText): Promise<FeedVotes> {
    const { db } = this.#parts;
    const sealed = this.#seals.has(origin);
    const votes = await FeedVotes.read(db, origin, { chain: this.#chain, signatures: this.#signatures, sealed });
    this.#expected.votes += votes.records.votes;
    this.#expected.certified += votes.records.certified;
    if (votes.round !== undefined) this.#rounds.add(votes.round);
    return votes;
  }

  async #checkEntry(audit: FeedAudit, entry: PlacedEntry, place: string): Promise<readonly Subtree[]> {
    const reader = new BinaryReader(entry.bytes);
    const parts = readEntry(reader);
    reader.end();
    const { candidate, subtrees } = audit.add(entry.seq, { ...parts, bytes: entry.bytes });
    if (!equalBytes(candidate.hash, entry.hash))
      throw new TessraxError('hash_mismatch', 'its receipt hash is not that of its header');
    await this.#signatures.add(candidate.jobs, place);
    this.#examined += 1;
    this.#parts.onEntry?.(this.#examined, this.#total);
    return subtrees;
  }

  async #checkPlaces(entries: readonly PlacedEntry[]): Promise<void> {
    const keys = entries.map(({ hash }) => hashKey('places', hash));
    const values = await getValues(this.#parts.db, keys);
    entries.forEach(({ origin, log, seq }, i) => {
      const key = keys[i];
      const value = values[i];
      if (key === undefined || value === undefined)
        throw new TessraxError('index_incomplete', `the index lacks entry ${seq}`);
      const place = unsealPlace(key, value);
      if (place.origin !== origin || place.log !== log || place.seq !== seq) {
        throw new TessraxError('index_wrong', `the index names another place for entry ${seq}`);
      }
    });
  }

  /** The values say nothing; their checksums are checked with those of all records. */
  async #checkGovernance(entries: readonly PlacedEntry[]): Promise<void> {
    const governance = entries.filter((entry) => isGovernance(entry));
    this.#expected.governance += governance.length;
    const keys = governance.map(({ origin, log, seq }) => governanceKey(this.#keys.of(origin, log).publicKey, seq));
    const values = await getValues(this.#parts.db, keys);
    const missing = governance.find((_, i) => values[i] === undefined);
    if (missing !== undefined)
      throw new TessraxError('index_incomplete', `the index of governance lacks entry ${missing.seq}`);
  }

  async #checkSubtrees(subtrees: readonly Subtree[]): Promise<void> {
    this.#expected.subtrees += subtrees.length;
    const keys = subtrees.map(({ origin, log, level, index }) => subtreeKey(this.#keys.of(origin, log), level, index));
    const values = await getValues(this.#parts.db, keys);
    subtrees.forEach(({ level, index, hash }, i) => {
      const key = keys[i];
      const value = values[i];
      if (key === undefined || value === undefined || !equalBytes(unsealHash(key, value), hash)) {
        throw new TessraxError('subtree_wrong', `the kept subtree ${index} of level ${level} is missing or wrong`);
      }
    });
  }
}

/** How much of a sealed feed is shown to be certified. Throws `certificate_beyond`. */
function shownSize({ certificate }: SealRecord, votes: FeedVotes, size: number): number {
  const bySeal = certificate?.checkpoint.size ?? 0;
  if (bySeal <= size) return Math.max(bySeal, votes.shownSize);
  throw new TessraxError(
    'certificate_beyond',
    `the certificate of its seal is for ${bySeal} entries; there are ${size}`,
  );
}

function checkHead(found: FeedHead, head: FeedHead): void {
  if (found.size !== head.size)
    throw new TessraxError('feed_incomplete', `the feed ends here; its head counts ${head.size} entries`);
  const same =
    equalBytes(found.hash, head.hash) &&
    found.timestampMs === head.timestampMs &&
    compareBytes(found.nonce, head.nonce) === 0 &&
    found.peaks.length === head.peaks.length &&
    found.peaks.every((peak, i) => equalBytes(peak, head.peaks[i] ?? new Uint8Array()));
  if (!same) throw new TessraxError('head_wrong', 'the feed does not end as its head says');
}
