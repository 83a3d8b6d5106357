/** What the faults in force decide about one message on its way. */

export interface Fate {
  /** A gossip message is lost; a stream, which may lose nothing, breaks. */
  lost: boolean;
  /** On top of the link's latency. */
  extraUs: number;
  /** May overtake what was sent before it. Streams stay in order within themselves. */
  overtakes: boolean;
  /** Arrives once more after so long, past the memory that suppresses duplicates. Gossip only. */
  againAfterUs: number | undefined;
}

export type MessageKind = 'gossip' | 'frame';

/** A fault in force: changes the fate of messages it picks. */
export type FateRule = (fate: Fate, kind: MessageKind) => void;

export class Fates {
  readonly #rules: FateRule[] = [];

  add(rule: FateRule): void {
    this.#rules.push(rule);
  }

  /** From now on messages only take their time. */
  calm(): void {
    this.#rules.length = 0;
  }

  draw(kind: MessageKind): Fate {
    const fate: Fate = { lost: false, extraUs: 0, overtakes: false, againAfterUs: undefined };
    for (const rule of this.#rules) rule(fate, kind);
    return fate;
  }
}
