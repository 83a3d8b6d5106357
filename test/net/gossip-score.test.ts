/** gossipsub's scores as we set them, between real nodes on one address. Its decay, once a second, is driven by hand. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys';
import { type GossipSub, TopicValidatorResult } from '@libp2p/gossipsub';
import { afterEach, describe, it } from 'mocha';
import { type GossipService, SCORE_THRESHOLDS } from '../../src/network/gossip.ts';
import { createHost, type Host } from '../../src/network/host.ts';
import { topicName } from '../../src/network/names.ts';
import { TrafficCounter } from '../../src/network/traffic.ts';
import { FEDERATION, LOOPBACK, newKey } from './node.ts';

const TOPIC = topicName(FEDERATION, 'heartbeat');
const DECAYS_OF_TEN_HOURS = 36_000;

/** What gossipsub keeps beside its public face. */
interface Scored {
  readonly score: {
    score(peer: string): number;
    refreshScores(): void;
    /** Scores are computed once a second. */
    readonly scoreCache: Map<string, unknown>;
    readonly peerStats: Map<string, { readonly topics: Record<string, { graftTime: number; inMesh: boolean }> }>;
  };
  readonly mesh: Map<string, Set<string>>;
}

/** So many seconds in the life of the scores. */
function decay({ score }: Scored, times: number): void {
  for (let i = 0; i < times; i++) score.refreshScores();
  score.scoreCache.clear();
}

function isScored(service: GossipSub): service is GossipService & Scored {
  return 'score' in service && 'mesh' in service;
}

describe('network: gossip scores', () => {
  const hosts: Host[] = [];
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
  });

  async function start(): Promise<{
    readonly host: Host;
    readonly gossip: GossipService & Scored;
    readonly peer: string;
  }> {
    const { protobuf, peer } = await newKey();
    const host = await createHost({
      privateKey: privateKeyFromProtobuf(protobuf),
      federation: FEDERATION,
      listen: LOOPBACK,
      mdns: false,
      dht: 'off',
      agent: 'test',
      gater: {},
      handshakeMs: 10_000,
      traffic: new TrafficCounter(),
    });
    hosts.push(host);
    await host.start();
    const { gossip } = host.services;
    assert.ok(isScored(gossip));
    gossip.subscribe(TOPIC);
    return { host, gossip, peer };
  }

  /** Everybody in one mesh with everybody they need: waits for gossipsub's own heartbeats. */
  async function meshed(all: readonly { readonly gossip: GossipService & Scored }[], degree: number): Promise<void> {
    for (const { gossip } of all) {
      while ((gossip.mesh.get(TOPIC)?.size ?? 0) < degree) await once(gossip, 'gossipsub:heartbeat');
    }
  }

  async function pair() {
    const a = await start();
    const b = await start();
    const [address] = a.host.getMultiaddrs();
    assert.ok(address !== undefined);
    await b.host.dial(address);
    await meshed([a, b], 1);
    return { a, b };
  }

  it('a peer on a quiet topic loses nothing by its silence, however long', async () => {
    const { a, b } = await pair();
    const stats = a.gossip.score.peerStats.get(b.peer)?.topics[TOPIC];
    assert.ok(stats?.inMesh === true);
    stats.graftTime -= DECAYS_OF_TEN_HOURS * 1000;
    decay(a.gossip, DECAYS_OF_TEN_HOURS);
    assert.ok(a.gossip.score.score(b.peer) >= 0, `${a.gossip.score.score(b.peer)}`);
  });

  it('a sender of invalid messages is not listened to any more, and again after a while', async () => {
    const { a, b } = await pair();
    const rejected = Promise.withResolvers<void>();
    let count = 0;
    a.gossip.addEventListener('gossipsub:message', ({ detail: { msgId, propagationSource } }) => {
      a.gossip.reportMessageValidationResult(msgId, propagationSource.toString(), TopicValidatorResult.Reject);
      count += 1;
      if (count === 12) rejected.resolve();
    });
    for (let i = 0; i < 12; i++) await b.gossip.publish(TOPIC, Buffer.from(`invalid ${i}`));
    await rejected.promise;
    const { score } = a.gossip;
    decay(a.gossip, 1);
    assert.ok(score.score(b.peer) < SCORE_THRESHOLDS.graylistThreshold, `${score.score(b.peer)}`);
    decay(a.gossip, 60);
    assert.ok(score.score(b.peer) >= 0);
  });

  it('a dozen nodes on one address make one mesh, and none holds that against another', async () => {
    const all = [await start()];
    const [address] = all[0]?.host.getMultiaddrs() ?? [];
    assert.ok(address !== undefined);
    while (all.length < 13) {
      const node = await start();
      const addresses = all.flatMap(({ host }) => host.getMultiaddrs().slice(0, 1));
      for (const each of addresses) await node.host.dial(each);
      all.push(node);
    }
    await meshed(all, 4);
    for (const { gossip, host } of all) {
      while (host.getPeers().length < 12) await once(gossip, 'gossipsub:heartbeat'); // the dialled side is later
      decay(gossip, 1);
      for (const peer of host.getPeers()) assert.ok(gossip.score.score(peer.toString()) >= 0);
    }
  });
});
