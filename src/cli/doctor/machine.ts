/** The machine: program versions, clock, disk, multicast. */
import { createSocket, type Socket } from 'node:dgram';
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCTOR_PROBE_MS_MAX } from '../../core/limits.ts';
import { count, durationText } from '../output.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';

/** package.json says the same to npm. */
const NODE_NEEDED = [22, 18] as const;
/** No node has run before this: a clock that says so was never set. */
const BUILT_MS = Date.UTC(2026, 0, 1);
/** Files written by a clock that was ahead: half a minute is no finding. */
const CLOCK_SLACK_MS = 30_000;
const DISK_FREE_LOW = 0.1;
const DISK_FREE_BYTES_MIN = 256 * 1024 * 1024;
/** The group and port of mDNS (RFC 6762). */
const MDNS_GROUP = '224.0.0.251';

export function checkRuntime(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor, neededMinor] = NODE_NEEDED;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return ok('node.js', version);
  return failed('node.js', `${version} is too old`, `install Node.js ${NODE_NEEDED.join('.')} or newer`);
}

/** Offline a clock cannot be compared with others; what it can be is behind its own past. */
export async function checkClock(directory: string, wallMs: number): Promise<Finding> {
  const now = new Date(wallMs).toISOString().slice(0, 19);
  if (wallMs < BUILT_MS) return failed('clock', `${now} is before this program was made`, 'set the clock; use NTP');
  const newestMs = await newestFileMs(join(directory, 'ledger'));
  if (newestMs === undefined || newestMs <= wallMs + CLOCK_SLACK_MS)
    return ok('clock', `${now} UTC, not behind the node's own files`);
  return failed(
    'clock',
    `${now} UTC is ${durationText((newestMs - wallMs) / 1000)} before the ledger was last written`,
    'the clock was or is wrong; use NTP (timedatectl status)',
  );
}

async function newestFileMs(folder: string): Promise<number | undefined> {
  try {
    const names = await readdir(folder);
    const times = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).mtimeMs));
    return times.length === 0 ? undefined : times.reduce((newest, time) => Math.max(newest, time));
  } catch {
    return undefined; // no ledger yet, or not ours to read: the folder's own check says so
  }
}

export async function checkDisk(directory: string): Promise<Finding> {
  let stats: Awaited<ReturnType<typeof statfs>>;
  try {
    stats = await statfs(directory);
  } catch {
    return skipped('disk', `there is no folder ${directory} yet`);
  }
  const freeBytes = stats.bavail * stats.bsize;
  const free = `${count(Math.floor(freeBytes / 1024 ** 2))} MiB free (${Math.floor((stats.bavail / stats.blocks) * 100)} %)`;
  if (freeBytes < DISK_FREE_BYTES_MIN) return failed('disk', free, 'make room: a node that cannot write stops');
  if (stats.bavail / stats.blocks < DISK_FREE_LOW)
    return warning('disk', free, 'make room soon: the ledger only grows');
  return ok('disk', free);
}

/** Sends a packet to mDNS's group and port, and waits to hear it itself. What a switch or another host's firewall drops is not seen from here. */
export async function checkMulticast(wanted: boolean): Promise<Finding> {
  if (!wanted) return skipped('multicast', 'mDNS is off');
  const remedy = 'allow UDP 5353 to 224.0.0.251 in the firewall; or use --no-mdns and --bootstrap';
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    await multicastEcho(socket);
    return ok('multicast', 'this machine hears its own mDNS packets');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return warning('multicast', `mDNS finds nobody: ${why}`, remedy);
  } finally {
    socket.close();
  }
}

async function multicastEcho(socket: Socket): Promise<void> {
  // A response without any record (RFC 6762, 18.1): nobody answers it. Its ID tells it from those of others.
  const packet = Buffer.alloc(12);
  packet.writeUInt16BE(process.pid & 0xffff, 0);
  packet.writeUInt16BE(0x8400, 2);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no packet comes back')), DOCTOR_PROBE_MS_MAX);
    const settle = (error?: Error | null): void => {
      if (error === undefined || error === null) return;
      clearTimeout(timer);
      reject(error);
    };
    socket.on('error', settle);
    socket.on('message', (data) => {
      if (!packet.equals(data)) return;
      clearTimeout(timer);
      resolve();
    });
    socket.bind(5353, () => {
      try {
        socket.addMembership(MDNS_GROUP);
        socket.setMulticastLoopback(true);
      } catch (error) {
        settle(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      socket.send(packet, 5353, MDNS_GROUP, settle);
    });
  });
}
