/** Every metric, once. Metrics are made of notes, of tasks and of what the node shows; nothing else in the program counts. */
import { Registry } from 'prom-client';
import type { Note } from '../core/events.ts';
import type { NodeHandle, Task } from '../ports.ts';
import { registerClocks } from './clocks.ts';
import { registerNode } from './node.ts';
import { registerNotes } from './notes.ts';
import { registerDisk, registerInfo, registerProcess } from './process.ts';
import { registerTasks } from './tasks.ts';

export interface Metrics {
  observe(note: Note): void;
  /** A task begins; what is returned is called at its end. */
  task(task: Task, items: number): () => void;
  /** Text exposition format 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  /** The node, once it runs. */
  readonly node: () => NodeHandle | undefined;
  /** Its folder; none when it keeps nothing. */
  readonly directory?: string;
  readonly version: string;
  wallMs(): number;
}

export function createMetrics({ node, directory, version, wallMs }: MetricsOptions): Metrics {
  const registry = new Registry();
  registerProcess(registry);
  registerInfo(registry, version, node);
  if (directory !== undefined) registerDisk(registry, directory);
  registerNode(registry, node);
  const heard = registerClocks(registry, wallMs);
  const count = registerNotes(registry);
  return {
    observe(note) {
      count(note);
      if (note.name === 'heartbeat_received') heard(note.node, note.timestampMs);
    },
    task: registerTasks(registry),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
