/** The same work for every peer: bodies as `receipts.ts` makes them, 300 bytes of canonical JSON each. */
import { takeReceipts } from '../receipts.ts';

export function bodies(seed, count) {
  return takeReceipts(seed, count).map(({ body }) => Buffer.from(JSON.stringify(body)));
}

/** Of the machine's monotonic clock, the same for every process. */
export function microseconds() {
  return Number(process.hrtime.bigint() / 1000n);
}

/** CPU time of this process so far, over all threads. */
export function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** What was written here is thrown away: nothing waits for sockets and databases to close. */
export async function end() {
  process.exit(0);
}
