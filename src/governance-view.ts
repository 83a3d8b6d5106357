/**
 * Governance as this node sees it: the fold over the certified entries of its store, kept up as more are certified. Of each feed
 * it knows how far it has been read; a feed whose next entry belongs to a ballot that is not open waits, and is read on from there.
 */
import { describeError } from './core/errors.ts';
import type { Note, PlacedEntry } from './core/events.ts';
import type { Federation } from './core/federation/genesis.ts';
import { Governance } from './core/federation/governance.ts';
import { governanceEntryOf } from './core/federation/governance-body.ts';
import type { GovernanceState } from './core/federation/governance-types.ts';
import type { PeerIdText } from './core/peer-id.ts';
import type { Log, Store } from './ports.ts';

export interface GovernanceViewParts {
  readonly store: Pick<Store, 'governanceEntries'>;
  readonly federation: Federation;
  readonly log: Pick<Log, 'error'>;
  /** Entries of a feed that are final. */
  certifiedSize(origin: PeerIdText): number;
}

export class GovernanceView {
  readonly #parts: GovernanceViewParts;
  readonly #governance: Governance;
  /** Entries of a feed before this are done with. */
  readonly #next = new Map<PeerIdText, number>();
  /** Feeds whose next entry cannot be taken yet. */
  readonly #waiting = new Set<PeerIdText>();
  /** Feeds that are to be read on. At most all of them. */
  readonly #due = new Set<PeerIdText>();
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(parts: GovernanceViewParts) {
    this.#parts = parts;
    this.#governance = new Governance(parts.federation);
  }

  state(): GovernanceState {
    return this.#governance.state();
  }

  /** Reads what is certified already. A failure is logged, here as later: the node goes on with what the view has. */
  async start(): Promise<void> {
    this.#running = this.#run(() => this.#readAll());
    await this.idle();
  }

  /** Hears what became final. A feed that could not be read is read with the next ones. */
  observe(note: Note): void {
    if (note.name !== 'entries_certified' || this.#closed) return;
    for (const { origin } of note.feeds) this.#due.add(origin);
    if (this.#due.size > 0) this.#running ??= this.#run(() => this.#readDue());
  }

  /** Resolves when everything that was certified until now has been read. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** After it nothing is read from the store. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#due.clear();
    await this.idle();
  }

  /** `work` waits for the store at least once, so that `#running` is set before it is cleared. */
  async #run(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#parts.log.error('governance could not be read', { error: describeError(error) });
    } finally {
      this.#running = undefined;
    }
  }

  async #readAll(): Promise<void> {
    const { store, certifiedSize } = this.#parts;
    for await (const placed of store.governanceEntries()) {
      if (this.#closed) return;
      if (!this.#waiting.has(placed.origin) && placed.seq < certifiedSize(placed.origin)) this.#take(placed);
    }
    this.#wakeReady();
    await this.#readDue();
  }

  async #readDue(): Promise<void> {
    for (let [origin] = this.#due; origin !== undefined; [origin] = this.#due) {
      this.#due.delete(origin);
      try {
        await this.#readFeed(origin);
      } catch (error) {
        this.#due.add(origin);
        throw error;
      }
      this.#wakeReady();
    }
  }

  async #readFeed(origin: PeerIdText): Promise<void> {
    const from = this.#next.get(origin) ?? 0;
    const to = this.#parts.certifiedSize(origin);
    if (this.#waiting.has(origin) || from >= to) return;
    for await (const placed of this.#parts.store.governanceEntries({ origin, from, to }))
      if (this.#closed || !this.#take(placed)) return;
    this.#next.set(origin, to);
  }

  /** False: the entry waits, and what follows it in its feed. */
  #take(placed: PlacedEntry): boolean {
    const { origin, seq } = placed;
    const entry = governanceEntryOf(placed);
    const isTaken = entry === undefined || this.#governance.take(entry);
    this.#next.set(origin, isTaken ? seq + 1 : seq);
    if (!isTaken) this.#waiting.add(origin);
    return isTaken;
  }

  #wakeReady(): void {
    for (const { origin, seq } of this.#governance.ready()) {
      if (!this.#waiting.delete(origin)) continue; // already woken: an entry that the index has lost must not be sought for ever
      this.#next.set(origin, seq);
      this.#due.add(origin);
    }
  }
}
