/** The desk: one bounded queue of events, `step()`, and the effects carried out through the ports. */
import { Appends } from './appends.ts';
import { TessraxError } from './core/errors.ts';
import type { AppendedEntry, AppendMemo, Draft, Effect, Event, FeedRange, Note, StoreBatch } from './core/events.ts';
import { EVENTS_QUEUED_MAX } from './core/limits.ts';
import { type NodeState, step } from './core/node.ts';
import { Inquiries } from './inquiries.ts';
import type { Clock, JournalPart, Network, NetworkHandlers, SignedMarker, Store, Task, Verifier } from './ports.ts';
import { governanceOf, headAt, pathBetween, rootAt, unlessCut, votesReaching } from './queries.ts';

export interface RuntimeParts {
  readonly state: NodeState;
  readonly store: Store;
  readonly verifier: Verifier;
  readonly network: Network;
  readonly clock: Clock;
  readonly marker?: SignedMarker;
  onNote(note: Note): void;
  /** Something slow begins, with how many items; what it returns is called when it has ended. */
  onTask?(task: Task, items: number): () => void;
  /** Something failed that the node cannot go on with: the disk, or the node itself. Called once. */
  onFatal(error: unknown): void;
}

export class Runtime {
  readonly #parts: RuntimeParts;
  readonly #inquiries: Inquiries;
  #queue: Event[] = [];
  readonly #appends = new Appends((requests) => this.dispatch({ kind: 'append', requests }));
  #running = false;
  #stopped = false;
  #acknowledged: Promise<unknown> = Promise.resolve();

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
    const { network, verifier, state } = parts;
    this.#inquiries = new Inquiries({ network, verifier, federation: state.federation });
  }

  get state(): NodeState {
    return this.#parts.state;
  }

  async start(): Promise<void> {
    await this.#parts.network.start(this.#handlers());
    this.dispatch({ kind: 'tick' });
  }

  /** Resolves when the entries are durable. */
  append(drafts: readonly Draft[], memo?: AppendMemo): Promise<readonly AppendedEntry[]> {
    if (this.#stopped) return Promise.reject(new TessraxError('node_stopped', 'the node is stopping'));
    return this.#appends.ask(drafts, memo);
  }

  /** A part of a connected peer's journal, verified. */
  async peerJournal(range: FeedRange): Promise<JournalPart> {
    const peer = this.state.peers.get(range.origin);
    if (peer === undefined) {
      throw new TessraxError('peer_not_connected', `${range.origin} is not connected`, {
        remedy: 'see tessrax peers for those that are',
      });
    }
    return await this.#inquiries.journal(range, peer.journal);
  }

  /** Takes no more events. Appends that are not durable yet are rejected: their fate is what the disk says at the next start. */
  stop(): void {
    this.#stopped = true;
    this.#inquiries.stop();
    this.#parts.clock.stop();
    const error = new TessraxError('node_stopped', 'the node stopped before the entries were durable');
    this.#appends.stop(error);
  }

  /** Takes an event; runs it and everything that follows from it at once, unless a step is under way. */
  dispatch(event: Event): void {
    if (this.#stopped) return;
    if (this.#queue.length >= EVENTS_QUEUED_MAX) {
      this.#fail(
        new TessraxError(
          'queue_full',
          `${EVENTS_QUEUED_MAX} events are waiting: something feeds the node without bound`,
        ),
      );
      return;
    }
    this.#queue.push(event);
    if (this.#running) return;
    this.#running = true;
    try {
      this.#drain();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#running = false;
    }
  }

  /** In the order in which they came. The queue is taken whole: taking a long one from its front, one by one, moves all the rest each time. */
  #drain(): void {
    while (this.#queue.length > 0) {
      const events = this.#queue;
      this.#queue = [];
      for (const event of events) {
        if (this.#stopped) return;
        this.#take(event);
      }
    }
  }

  #take(event: Event): void {
    const { clock, state } = this.#parts;
    const { effects, wakeMs } = step(state, { wallMs: clock.wallMs(), monoMs: clock.monoMs() }, event);
    for (const effect of effects) this.#carryOut(effect);
    clock.wakeAt(wakeMs, () => this.dispatch({ kind: 'tick' }));
  }

  #carryOut(effect: Effect): void {
    const { network, onNote } = this.#parts;
    switch (effect.kind) {
      case 'verify':
        this.#verify(effect);
        return;
      case 'store':
        this.#store(effect);
        return;
      case 'read':
        this.#read(effect);
        return;
      case 'roots':
        this.#roots(effect);
        return;
      case 'seal_read':
        this.#sealRead(effect);
        return;
      case 'paths':
        this.#paths(effect);
        return;
      case 'governance':
        this.#governance(effect);
        return;
      case 'decisions':
        this.#decisions(effect);
        return;
      case 'open':
        network.open(effect.stream, effect.peer, effect.frame);
        return;
      case 'send':
        network.send(effect.stream, effect.frame);
        return;
      case 'close':
        network.close(effect.stream);
        return;
      case 'abort':
        network.abort(effect.stream, effect.code);
        return;
      case 'publish':
        network.publish(effect.topic, effect.data);
        return;
      case 'gossip_verdict':
        network.gossipVerdict(effect.id, effect.from, effect.verdict);
        return;
      case 'disconnect':
        network.disconnect(effect.peer, effect.banMs);
        return;
      case 'reply':
        this.#appends.reply(effect.request, effect.result);
        return;
      case 'note':
        // What it has is all it ever signed, say those who were asked: the marker need not learn it from the next entry.
        if (effect.note.name === 'may_write') this.#advance(effect.note.size).catch((error) => this.#fail(error));
        onNote(effect.note);
        return;
    }
  }

  #verify({ job, items }: Extract<Effect, { kind: 'verify' }>): void {
    const ended = this.#parts.onTask?.('verify', items.length);
    this.#parts.verifier.verify(items).then(
      (valid) => {
        ended?.();
        this.dispatch({ kind: 'verified', job, valid });
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #store({ batch, write }: Extract<Effect, { kind: 'store' }>): void {
    // The marker may take longer than the next batch: batches are acknowledged in order all the same.
    const marked = this.#parts.store.write(write).then(() => this.#mark(write));
    const durable = Promise.all([this.#acknowledged, marked]);
    this.#acknowledged = durable.catch(() => undefined); // the failure is told below
    const ended = this.#parts.onTask?.('write', write.entries.length);
    durable.then(
      () => {
        ended?.();
        this.dispatch({ kind: 'stored', batch });
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /**
   * Own ledger entries are marked as signed once they are durable, and before anybody hears of them: so that a folder with fewer than the
   * marker says was restored, never just cut short by a crash.
   */
  async #mark(write: StoreBatch): Promise<void> {
    const { self } = this.#parts.state;
    const own = write.heads.find(({ log, origin }) => log === 'ledger' && origin === self);
    if (own !== undefined) await this.#advance(own.size);
  }

  async #advance(size: number): Promise<void> {
    await this.#parts.marker?.advance(size);
  }

  #read({ job, log, ranges, entriesMax, bytesMax }: Extract<Effect, { kind: 'read' }>): void {
    const ended = this.#parts.onTask?.('read', entriesMax);
    this.#parts.store.readRanges(log, ranges, entriesMax, bytesMax).then(
      (entries) => {
        ended?.();
        this.dispatch({ kind: 'read', job, entries });
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #roots({ job, items }: Extract<Effect, { kind: 'roots' }>): void {
    const { store, state } = this.#parts;
    const reads = items.map(({ origin, size }) => unlessCut(state.ledger, origin, rootAt(store, origin, size)));
    Promise.all(reads).then(
      (roots) => this.dispatch({ kind: 'roots', job, roots }),
      (error: unknown) => this.#fail(error),
    );
  }

  #sealRead({ job, origin, size, votes }: Extract<Effect, { kind: 'seal_read' }>): void {
    const { store } = this.#parts;
    Promise.all([headAt(store, origin, size), votes ? votesReaching(store, origin, size) : []]).then(
      ([head, reaching]) => this.dispatch({ kind: 'seal_read', job, head, votes: reaching }),
      (error: unknown) => this.#fail(error),
    );
  }

  #paths({ job, items }: Extract<Effect, { kind: 'paths' }>): void {
    const { store, state } = this.#parts;
    const reads = items.map((item) => unlessCut(state.ledger, item.origin, pathBetween(store, item)));
    Promise.all(reads).then(
      (paths) => this.dispatch({ kind: 'paths', job, paths }),
      (error: unknown) => this.#fail(error),
    );
  }

  #governance({ job, ranges, entriesMax }: Extract<Effect, { kind: 'governance' }>): void {
    governanceOf(this.#parts.store, ranges, entriesMax).then(
      (entries) => this.dispatch({ kind: 'governance', job, entries }),
      (error: unknown) => this.#fail(error),
    );
  }

  #decisions({ job, from, bytesMax }: Extract<Effect, { kind: 'decisions' }>): void {
    this.#parts.store.decisions(from, bytesMax).then(
      (decisions) => this.dispatch({ kind: 'decisions', job, decisions }),
      (error: unknown) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#parts.onFatal(error);
  }

  #handlers(): NetworkHandlers {
    return {
      peerConnected: (peer) => this.dispatch({ kind: 'peer_connected', peer }),
      peerDisconnected: (peer) => this.dispatch({ kind: 'peer_disconnected', peer }),
      gossip: (topic, from, id, data) => this.dispatch({ kind: 'gossip', topic, from, id, data }),
      peerFlooded: (peer) => this.dispatch({ kind: 'peer_flooded', peer }),
      streamOpened: (stream, peer) => this.dispatch({ kind: 'stream_opened', stream, peer }),
      frame: (stream, data) => {
        if (this.#inquiries.owns(stream)) this.#inquiries.frame(stream, data);
        else this.dispatch({ kind: 'frame', stream, data });
      },
      streamClosed: (stream, reason) => {
        if (this.#inquiries.owns(stream)) this.#inquiries.closed(stream, reason);
        else this.dispatch({ kind: 'stream_closed', stream, reason });
      },
    };
  }
}
