/** The process and its folder: what any Node.js service shows, who this one is, and how full its disk is. */
import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import type { NodeHandle } from '../ports.ts';

/** prom-client's own: those whose names say counter and whose type says gauge are left out. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export function registerProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}

/** The value is 1; the labels are the news. Joins with every other metric of the node on `instance`. */
export function registerInfo(registry: Registry, version: string, node: () => NodeHandle | undefined): void {
  const info = new Gauge({
    name: 'federation_node_info',
    help: 'Always 1; version, peer ID and federation are in the labels',
    labelNames: ['version', 'peer_id', 'federation', 'federation_name'],
    registers: [registry],
    collect() {
      const handle = node();
      if (handle === undefined) return;
      const { id, name } = handle.federation;
      info.set({ version, peer_id: handle.peerId, federation: id, federation_name: name }, 1);
    },
  });
}

/** Of the file system that holds the node's folder: a ledger only grows. */
export function registerDisk(registry: Registry, directory: string): void {
  const gauge = (name: string, help: string, read: (stats: StatsFs) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(read(await statfs(directory)));
      },
    });
  };
  gauge(
    'federation_disk_size_bytes',
    'Size of the file system of the node’s folder',
    ({ blocks, bsize }) => blocks * bsize,
  );
  gauge('federation_disk_free_bytes', 'Space on it that the node can still use', ({ bavail, bsize }) => bavail * bsize);
}
