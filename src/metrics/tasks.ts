/** What the node waits for: how many signatures are in the queue, how long the disk takes. */
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Task } from '../ports.ts';

/** From a cached read to a disk that stalls. */
const TASK_BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Returns what to call when a task of so many items begins; what that returns is called at its end. */
export function registerTasks(registry: Registry): (task: Task, items: number) => () => void {
  const registers = [registry];
  const queue = new Gauge({
    name: 'federation_verify_queue_signatures',
    help: 'Signatures handed to the verifier and not judged yet',
    registers,
  });
  const seconds = new Histogram({
    name: 'federation_task_seconds',
    help: 'Duration of batches: verify (signatures), write (durable on disk), read (ranges from disk)',
    labelNames: ['task'],
    buckets: TASK_BUCKETS_SECONDS,
    registers,
  });
  return (task, items) => {
    const end = seconds.startTimer({ task });
    if (task === 'verify') queue.inc(items);
    return () => {
      end();
      if (task === 'verify') queue.dec(items);
    };
  };
}
