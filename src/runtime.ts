/** The desk: one bounded queue of events, `step()`, and the effects carried out through the ports. */
import { TessraxError } from './core/errors.ts';
import type {
  AppendedEntry,
  AppendMemo,
  AppendRequest,
  Draft,
  Effect,
  Event,
  FeedRange,
  Note,
  StoreBatch,
} from './core/events.ts';
import { APPENDS_PENDING_MAX, APPENDS_TOGETHER_MAX, EVENTS_QUEUED_MAX } from './core/limits.ts';
import { type NodeState, step } from './core/node.ts';
import { Inquiries } from './inquiries.ts';
import type { Clock, JournalPart, Network, NetworkHandlers, SignedMarker, Store, Task, Verifier } from './ports.ts';
import { governanceOf, headAt, pathBetween, rootAt, votesReaching } from './queries.ts';

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

interface Waiting {
  resolve(result: readonly AppendedEntry[]): void;
  reject(error: unknown): void;
}

export class Runtime {
  readonly #parts: RuntimeParts;
  readonly #inquiries: Inquiries;
  #queue: Event[] = [];
  readonly #asked: AppendRequest[] = [];
  readonly #replies = new Map<number, Waiting>();
  #running = false;
  #stopped = false;
  #nextRequest = 0;
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
    if (this.#asked.length >= APPENDS_PENDING_MAX) return Promise.reject(askedTooOften());
    this.#nextRequest += 1;
    const request = this.#nextRequest;
    return new Promise((resolve, reject) => {
      this.#replies.set(request, { resolve, reject });
      this.#asked.push({ request, drafts, memo });
      if (this.#asked.length === 1) setImmediate(() => this.#appendAsked());
    });
  }

  /**
   * What is asked for in one turn of the event loop is one event: together it costs a fraction of what it does alone. More than
   * APPENDS_TOGETHER_MAX wait for the next turn, so that the first are on their way to the disk while those are signed.
   */
  #appendAsked(): void {
    const requests = this.#asked.splice(0, APPENDS_TOGETHER_MAX);
    this.dispatch({ kind: 'append', requests });
    if (this.#asked.length > 0) setImmediate(() => this.#appendAsked());
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
    for (const waiting of this.#replies.values()) waiting.reject(error);
    this.#replies.clear();
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
        this.#reply(effect);
        return;
      case 'note':
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
    const { state, marker } = this.#parts;
    const own = write.heads.find(({ log, origin }) => log === 'ledger' && origin === state.self);
    if (own !== undefined) await marker?.advance(own.size);
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
    Promise.all(items.map(({ origin, size }) => rootAt(this.#parts.store, origin, size))).then(
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
    Promise.all(items.map((item) => pathBetween(this.#parts.store, item))).then(
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

  #reply({ request, result }: Extract<Effect, { kind: 'reply' }>): void {
    const waiting = this.#replies.get(request);
    this.#replies.delete(request);
    if (result instanceof TessraxError) waiting?.reject(result);
    else waiting?.resolve(result);
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

function askedTooOften(): TessraxError {
  return new TessraxError('append_busy', `${APPENDS_PENDING_MAX} appends were asked for in one turn`, {
    remedy: 'wait for their answers before asking for more',
    fields: { max: APPENDS_PENDING_MAX },
  });
}
