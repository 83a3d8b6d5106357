/** How the node stands, read when somebody asks. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { NodeHandle, PeerStatus, TopicPeers, Traffic } from '../ports.ts';

const STANDINGS: readonly PeerStatus['standing'][] = ['good', 'last', 'banned'];

type Source = () => NodeHandle | undefined;

export function registerNode(registry: Registry, node: Source): void {
  registerLedger(registry, node);
  registerPeers(registry, node);
  registerGossip(registry, node);
  registerTraffic(registry, node);
}

function registerLedger(registry: Registry, node: Source): void {
  const gauge = gaugeOf(registry, node);
  gauge('federation_ledger_height', 'Entries of all ledger feeds, durable', (handle) => handle.status().height);
  gauge('federation_certified_height', 'Ledger entries that are final', (handle) => handle.status().certifiedHeight);
  gauge('federation_certified_lag', 'Ledger entries that are not final yet', (handle) => {
    const { height, certifiedHeight } = handle.status();
    return height - certifiedHeight;
  });
  gauge('federation_journal_entries', 'Entries of this node’s own journal', (handle) => handle.status().journalSize);
  gauge('federation_feeds', 'Ledger feeds held', (handle) => handle.heads().length);
  gauge(
    'federation_revoked_nodes',
    'Nodes whose revocation is in force',
    (handle) => handle.revocations().filter(({ inForce }) => inForce).length,
  );
  gauge(
    'federation_entries_behind',
    'Entries that connected peers claim to hold and this node lacks',
    (handle) => handle.status().behind,
  );
  gauge(
    'federation_entries_held',
    'Entries that peers hold and this node does not take yet: they are dated too far ahead of its clock',
    (handle) => handle.status().held.entries,
  );
}

function registerPeers(registry: Registry, node: Source): void {
  const gauge = gaugeOf(registry, node);
  gauge('federation_peers', 'Connected peers of this federation', (handle) => handle.status().peersConnected);
  gauge('federation_peers_known', 'Peers in the address book, connected or not', (handle) => handle.peers().length);
  gauge(
    'federation_peers_agreeing',
    'Connected peers whose last heartbeat named our root',
    (handle) => handle.status().peersAgreeing,
  );
  new Gauge({
    name: 'federation_peers_by_standing',
    help: 'Peers in the address book: in good standing, asked last for what they failed to do, banned',
    labelNames: ['standing'],
    registers: [registry],
    collect() {
      const peers = node()?.peers() ?? [];
      for (const standing of STANDINGS)
        this.set({ standing }, peers.filter((peer) => peer.standing === standing).length);
    },
  });
}

function registerGossip(registry: Registry, node: Source): void {
  const gauge = (name: string, help: string, read: (peers: TopicPeers) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['topic'],
      registers: [registry],
      collect() {
        for (const peers of node()?.topics() ?? []) this.set({ topic: peers.topic }, read(peers));
      },
    });
  };
  gauge('federation_gossip_topic_peers', 'Connected peers that listen to the topic', ({ subscribed }) => subscribed);
  gauge('federation_gossip_mesh_peers', 'Peers that messages are passed on to at once', ({ inMesh }) => inMesh);
}

function registerTraffic(registry: Registry, node: Source): void {
  const counter = (direction: string, read: (traffic: Traffic) => number): void => {
    new Counter({
      name: `federation_network_${direction}_bytes_total`,
      help: `Bytes ${direction} by protocol; "connection" is all of it, with encryption and muxing`,
      labelNames: ['protocol'],
      registers: [registry],
      collect() {
        this.reset(); // the network keeps the sums: they are copied, not added up again
        for (const traffic of node()?.traffic() ?? []) this.inc({ protocol: traffic.protocol }, read(traffic));
      },
    });
  };
  counter('received', ({ receivedBytes }) => receivedBytes);
  counter('sent', ({ sentBytes }) => sentBytes);
}

function gaugeOf(registry: Registry, node: Source) {
  return (name: string, help: string, read: (handle: NodeHandle) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const handle = node();
        if (handle !== undefined) this.set(read(handle));
      },
    });
  };
}
