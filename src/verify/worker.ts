/** The worker thread of the pool: records in, verdicts out, in order. Started by pool.ts with the backend's name as its data. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { TessraxError } from '../core/errors.ts';
import { VERIFY_THREAD_NICE } from '../core/limits.ts';
import { BACKEND_NAMES, loadBackend, verifyJob } from './backend.ts';
import { judgeRecords } from './records.ts';

const port = parentPort;
const name = BACKEND_NAMES.find((known) => known === workerData);
if (port === null || name === undefined) {
  throw new TessraxError(
    'worker_misused',
    'the verification worker is started by the pool, with the name of a backend',
  );
}
const backend = loadBackend(name);
yieldToEventLoop();

port.on('message', (records: unknown) => {
  if (!(records instanceof Uint8Array)) throw new TessraxError('record_invalid', 'verification records are bytes');
  const verdicts = judgeRecords(records, (job) => verifyJob(backend, job));
  port.postMessage(verdicts, [verdicts.buffer]);
});

/**
 * On Linux a nice value belongs to a thread, elsewhere to the process. With more threads than cores, the one that answers peers and
 * clients then need not wait for the end of a worker's time slice.
 */
function yieldToEventLoop(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(VERIFY_THREAD_NICE);
  } catch {
    // Refused by a sandbox, perhaps: verdicts are the same, only the event loop waits longer.
  }
}
