/** What happened, as one hash: time, node, event, and each effect with a hash of its content. Equal traces, equal runs. */
import { createHash } from 'node:crypto';
import type { Effect, Event } from '../../src/core/events.ts';
import type { VirtualUs } from './schedule.ts';

export class Trace {
  readonly #hash = createHash('sha256');
  #steps = 0;

  get steps(): number {
    return this.#steps;
  }

  step(atUs: VirtualUs, node: number, event: Event, effects: readonly Effect[]): void {
    this.#steps += 1;
    this.#hash.update(`${atUs} ${node} ${event.kind}\n`);
    for (const effect of effects) this.#effect(effect);
  }

  /** What happens to a node from outside: a crash, a restart, a fault. */
  mark(atUs: VirtualUs, text: string): void {
    this.#hash.update(`${atUs} ${text}\n`);
  }

  /** The hash so far, 64 hex digits. The trace takes nothing after it. */
  finish(): string {
    return this.#hash.digest('hex');
  }

  #effect(effect: Effect): void {
    switch (effect.kind) {
      case 'open':
      case 'send':
        this.#hash.update(` ${effect.kind} ${effect.stream} ${effect.frame.length} `).update(effect.frame);
        return;
      case 'publish':
        this.#hash.update(` publish ${effect.topic} ${effect.data.length} `).update(effect.data);
        return;
      case 'store':
        this.#hash.update(` store ${effect.batch} ${effect.write.entries.length} `);
        for (const entry of effect.write.entries) this.#hash.update(entry.hash);
        for (const statement of effect.write.statements) this.#hash.update(statement.hash);
        return;
      case 'reply':
        this.#hash.update(
          ` reply ${effect.request} ${effect.result instanceof Error ? effect.result.code : effect.result.length}`,
        );
        return;
      case 'note':
        this.#hash.update(` note ${effect.note.name}`);
        return;
      case 'verify':
        this.#hash.update(` verify ${effect.job} ${effect.items.length}`);
        return;
      default:
        this.#hash.update(` ${JSON.stringify(effect)}`);
    }
  }
}
