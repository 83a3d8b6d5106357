/** The worker thread of the pool: records in, verdicts out, in order. Started by pool.ts with the backend's name as its data. */
import { parentPort, workerData } from 'node:worker_threads';
import { TessraxError } from '../core/errors.ts';
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

port.on('message', (records: unknown) => {
  if (!(records instanceof Uint8Array)) throw new TessraxError('record_invalid', 'verification records are bytes');
  const verdicts = judgeRecords(records, (job) => verifyJob(backend, job));
  port.postMessage(verdicts, [verdicts.buffer]);
});
