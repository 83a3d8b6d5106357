/** What happened, as one hash: time, node, event, and each effect with a hash of its content. Equal traces, equal runs. */
import { createHash } from 'node:crypto';
import type { Effect, Event } from '../../src/core/events.ts';
import type { VirtualUs } from './schedule.ts';

/** So much is gathered for each call of the hash: calls are dear, bytes are not. */
const ROOM_BYTES = 65_536;

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #room = Buffer.alloc(ROOM_BYTES);
  #length = 0;
  #steps = 0;

  get steps(): number {
    return this.#steps;
  }

  step(atUs: VirtualUs, node: number, event: Event, effects: readonly Effect[]): void {
    this.#steps += 1;
    this.#text(`${atUs} ${node} ${event.kind}\n`);
    for (const effect of effects) this.#effect(effect);
  }

  /** What happens to a node from outside: a crash, a restart, a fault. */
  mark(atUs: VirtualUs, text: string): void {
    this.#text(`${atUs} ${text}\n`);
  }

  /** The hash so far, 64 hex digits. The trace takes nothing after it. */
  finish(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #text(text: string): void {
    if (text.length > ROOM_BYTES) {
      this.#bytes(Buffer.from(text));
      return;
    }
    if (this.#length + text.length > ROOM_BYTES) this.#flush();
    this.#length += this.#room.write(text, this.#length, 'latin1'); // names and numbers: one byte each
  }

  #bytes(bytes: Uint8Array): void {
    if (this.#length + bytes.length > ROOM_BYTES) this.#flush();
    if (bytes.length > ROOM_BYTES) {
      this.#hash.update(bytes);
      return;
    }
    this.#room.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #flush(): void {
    this.#hash.update(this.#room.subarray(0, this.#length));
    this.#length = 0;
  }

  #effect(effect: Effect): void {
    switch (effect.kind) {
      case 'open':
      case 'send':
        this.#text(` ${effect.kind} ${effect.stream} ${effect.frame.length} `);
        this.#bytes(effect.frame);
        return;
      case 'publish':
        this.#text(` publish ${effect.topic} ${effect.data.length} `);
        this.#bytes(effect.data);
        return;
      case 'store':
        this.#text(` store ${effect.batch} ${effect.write.entries.length} `);
        for (const entry of effect.write.entries) this.#bytes(entry.hash);
        for (const statement of effect.write.statements) this.#bytes(statement.hash);
        return;
      case 'reply':
        this.#text(
          ` reply ${effect.request} ${effect.result instanceof Error ? effect.result.code : effect.result.length}`,
        );
        return;
      case 'note':
        this.#text(` note ${effect.note.name}`);
        return;
      case 'verify':
        this.#text(` verify ${effect.job} ${effect.items.length}`);
        return;
      case 'gossip_verdict':
        this.#text(` ${effect.verdict} ${effect.id} ${effect.from}`);
        return;
      case 'close':
        this.#text(` close ${effect.stream}`);
        return;
      default:
        this.#text(` ${JSON.stringify(effect)}`);
    }
  }
}
