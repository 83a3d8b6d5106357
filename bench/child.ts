/** A process of a bench: a program of `children/`, its argument as JSON, and objects of plain fields both ways. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TessraxError } from '../src/core/errors.ts';

const ANSWER_MS_MAX = 600_000;

export type Fields = Readonly<Record<string, unknown>>;

export interface ChildOptions {
  /** Folder for a CPU profile of the process (`node --cpu-prof`). */
  readonly profile: string | undefined;
  /** Network namespace that the process runs in (`ip netns exec`); absent: that of the parent. */
  readonly namespace?: string | undefined;
  /** Path of the program from this folder; absent: its name in `children/`. */
  readonly path?: string;
}

export class Child {
  readonly #program: string;
  readonly #process: ChildProcess;
  readonly #received: Fields[] = [];
  #look: () => void = () => {};

  constructor(
    program: string,
    argument: Fields,
    { profile, namespace, path = `children/${program}.ts` }: ChildOptions,
  ) {
    this.#program = program;
    const execArgv =
      profile === undefined
        ? []
        : ['--cpu-prof', '--cpu-prof-dir', profile, '--cpu-prof-name', `${program}-${Date.now()}.cpuprofile`];
    this.#process = fork(join(import.meta.dirname, path), [JSON.stringify(argument)], {
      // The channel to the parent is an open file: it goes along into the namespace.
      ...(namespace === undefined
        ? { execArgv }
        : { execPath: 'ip', execArgv: ['netns', 'exec', namespace, process.execPath, ...execArgv] }),
    });
    this.#process.on('message', (message) => {
      if (isFields(message)) this.#received.push(message);
      this.#look();
    });
    this.#process.on('exit', () => this.#look());
  }

  /** The oldest message of this event that was not taken yet. Rejects when the process ends before. */
  async next(event: string): Promise<Fields> {
    const deadline = setTimeout(() => this.#process.kill(), ANSWER_MS_MAX);
    try {
      for (;;) {
        const at = this.#received.findIndex((message) => message['event'] === event);
        const [message] = at < 0 ? [] : this.#received.splice(at, 1);
        if (message !== undefined) return message;
        if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
          throw new TessraxError('bench_child_ended', `the process "${this.#program}" ended before its "${event}"`);
        }
        await new Promise<void>((resolve) => {
          this.#look = resolve;
        });
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  async call(command: string, argument: Fields = {}): Promise<Fields> {
    this.#process.send({ command, ...argument });
    return await this.next(command);
  }

  /** Asks it to end, and kills it when it does not answer: nothing is left running. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 15_000);
    // A process that ends by itself closes the channel meanwhile: then nobody needs to be asked.
    if (this.#process.connected) this.#process.send({ command: 'stop' }, () => undefined);
    await exited;
    clearTimeout(late);
  }
}

export function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === 'number') return value;
  throw new TessraxError('bench_answer', `a process of the bench gave no number "${name}"`);
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new TessraxError('bench_answer', `a process of the bench gave no text "${name}"`);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
