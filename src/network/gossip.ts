/** Gossip: three topics, every message held until the core has judged it. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type GossipSub, gossipsub, StrictNoSign, TopicValidatorResult } from '@libp2p/gossipsub';
import type { GossipTopic, GossipVerdict } from '../core/events.ts';
import {
  GOSSIP_BYTES_MAX,
  GOSSIP_NOTICE_BYTES_MIN,
  GOSSIP_PENDING_MAX,
  GOSSIP_PER_SECOND_MAX,
  GOSSIP_QUEUE_BYTES_MAX,
  GOSSIP_RPC_BYTES_MAX,
  GOSSIP_SCORE_RETAINED_MS,
  GOSSIP_VERDICT_MS_MAX,
} from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { TopicPeers } from '../ports.ts';
import { topicName } from './names.ts';

const TOPICS: readonly GossipTopic[] = ['heartbeat', 'entries', 'revocations'];

const RESULT: Readonly<Record<GossipVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

/**
 * Of gossipsub's scores only two are kept: messages the core rejected, and floods of control messages. The defaults for topics punish
 * a topic for being quiet, which ours are meant to be; the default for addresses punishes ten nodes behind one.
 */
const TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  firstMessageDeliveriesWeight: 0,
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  // Squared: nine rejected messages in a short time and the peer is not listened to any more.
  invalidMessageDeliveriesWeight: -1,
  invalidMessageDeliveriesDecay: 0.9,
};

export type GossipService = GossipSub & {
  reportMessageValidationResult(id: string, from: PeerIdText, result: TopicValidatorResult): void;
  getMeshPeers(topic: string): readonly string[];
};

function isGossipService(service: GossipSub): service is GossipService {
  return (
    'reportMessageValidationResult' in service &&
    typeof service.reportMessageValidationResult === 'function' &&
    'getMeshPeers' in service &&
    typeof service.getMeshPeers === 'function'
  );
}

/** The libp2p service. Our messages are signed by themselves, so libp2p's signature would only be a second one: StrictNoSign. */
export function gossipService(federation: string): ReturnType<typeof gossipsub> {
  const topics = TOPICS.map((topic) => topicName(federation, topic));
  return gossipsub({
    allowedTopics: topics,
    globalSignaturePolicy: StrictNoSign,
    // The default without signatures is the data alone: one text on two topics would be one message.
    msgIdFn: (message) => createHash('sha256').update(message.topic).update('\0').update(message.data).digest(),
    asyncValidation: true,
    // A node alone, or the first one up, publishes into the void without an error.
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    fallbackToFloodsub: false,
    idontwantMinDataSize: GOSSIP_NOTICE_BYTES_MIN,
    maxInboundDataLength: GOSSIP_RPC_BYTES_MAX,
    maxOutboundBufferSize: GOSSIP_QUEUE_BYTES_MAX,
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    runOnLimitedConnection: true,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 512,
      maxIhaveMessageIDs: 2048,
      maxIwantMessageIDs: 2048,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 64,
      maxPeerInfos: 16,
    },
    // gossipsub's own defaults, named because TOPIC_SCORE is measured against them.
    scoreThresholds: SCORE_THRESHOLDS,
    scoreParams: {
      topics: Object.fromEntries(topics.map((topic) => [topic, { ...FULL_TOPIC_SCORE, ...TOPIC_SCORE }])),
      // Any number of nodes may live behind one address: containers of a host, an organisation behind its NAT.
      IPColocationFactorWeight: 0,
      retainScore: GOSSIP_SCORE_RETAINED_MS,
      // By default one broken promise of a busy node weighs as much as an attack.
      behaviourPenaltyWeight: -1,
      behaviourPenaltyThreshold: 10,
      behaviourPenaltyDecay: 0.5,
    },
  });
}

/** Below these no more is gossiped to a peer, published to it, and heard from it. */
export const SCORE_THRESHOLDS = { gossipThreshold: -10, publishThreshold: -50, graylistThreshold: -80 };

/** Fields gossipsub wants to see even where their weight is nought. */
const FULL_TOPIC_SCORE = {
  timeInMeshQuantum: 1,
  timeInMeshCap: 1,
  firstMessageDeliveriesDecay: 0.5,
  firstMessageDeliveriesCap: 1,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 5000,
  meshFailurePenaltyDecay: 0.5,
};

const FORGET_TURNS_MAX = 100;

export interface GossipEvents {
  message(topic: GossipTopic, from: PeerIdText, id: string, data: Uint8Array): void;
  /** The peer sends more new messages than a federation can have. */
  flooded(peer: PeerIdText): void;
  publishFailed(topic: GossipTopic, error: unknown): void;
}

interface Pending {
  readonly from: PeerIdText;
  readonly sinceMs: number;
}

export class Gossip {
  readonly #service: GossipService;
  readonly #topics: ReadonlyMap<string, GossipTopic>;
  readonly #heartbeatTopic: string;
  readonly #names: Readonly<Record<GossipTopic, string>>;
  readonly #events: GossipEvents;
  /** By message ID, oldest first; at most GOSSIP_PENDING_MAX. */
  readonly #pending = new Map<string, Pending>();
  /** Messages of the current second, by peer: emptied every second. */
  readonly #counts = new Map<PeerIdText, number>();
  #countingSinceMs = 0;

  constructor(service: GossipSub, federation: string, events: GossipEvents) {
    if (!isGossipService(service)) throw new Error('gossipsub without reportMessageValidationResult or getMeshPeers');
    this.#service = service;
    this.#events = events;
    this.#names = {
      heartbeat: topicName(federation, 'heartbeat'),
      entries: topicName(federation, 'entries'),
      revocations: topicName(federation, 'revocations'),
    };
    this.#topics = new Map(TOPICS.map((topic) => [this.#names[topic], topic]));
    this.#heartbeatTopic = this.#names.heartbeat;
  }

  start(): void {
    this.#service.addEventListener('gossipsub:message', (event) => {
      const { msg, msgId, propagationSource } = event.detail;
      this.#received(msg.topic, propagationSource.toString(), msgId, msg.data);
    });
    for (const name of this.#topics.keys()) this.#service.subscribe(name);
  }

  publish(topic: GossipTopic, data: Uint8Array): void {
    this.#service.publish(this.#names[topic], data).catch((error: unknown) => this.#events.publishFailed(topic, error));
  }

  /** Passing a message on takes a while, for each peer of the mesh: what the node began before, a write above all, gets under way first. */
  verdict(id: string, from: PeerIdText, verdict: GossipVerdict): void {
    if (!this.#pending.delete(id)) return;
    queueMicrotask(() => this.#service.reportMessageValidationResult(id, from, RESULT[verdict]));
  }

  /** Peers whose subscription has reached us: what we publish can reach them, and their stream to us works. */
  hears(): Set<PeerIdText> {
    return new Set(this.#service.getSubscribers(this.#heartbeatTopic).map((peer) => peer.toString()));
  }

  topics(): TopicPeers[] {
    return [...this.#topics].map(([name, topic]) => ({
      topic,
      subscribed: this.#service.getSubscribers(name).length,
      inMesh: this.#service.getMeshPeers(name).length,
    }));
  }

  /**
   * Resolves when gossipsub holds nothing of a disconnected peer any more: a few turns of the event loop after its last connection.
   * A new connection before that would find the old stream.
   */
  async forgotten(peer: PeerIdText): Promise<void> {
    const isKnown = () => this.#service.getPeers().some((known) => known.toString() === peer);
    for (let turn = 0; turn < FORGET_TURNS_MAX && isKnown(); turn++) await setImmediate();
  }

  #received(name: string, from: PeerIdText, id: string, data: Uint8Array): void {
    const topic = this.#topics.get(name);
    if (topic === undefined) return;
    const nowMs = performance.now();
    if (this.#floods(from, nowMs)) {
      this.#service.reportMessageValidationResult(id, from, TopicValidatorResult.Reject);
      this.#events.flooded(from);
    } else if (data.length === 0 || data.length > GOSSIP_BYTES_MAX) {
      this.#service.reportMessageValidationResult(id, from, TopicValidatorResult.Reject);
    } else if (!this.#makeRoom(nowMs)) {
      this.#service.reportMessageValidationResult(id, from, TopicValidatorResult.Ignore);
    } else {
      this.#pending.set(id, { from, sinceMs: nowMs });
      this.#events.message(topic, from, id, data);
    }
  }

  /** Room for one more pending message; those that libp2p has forgotten anyway are dropped for it. */
  #makeRoom(nowMs: number): boolean {
    for (const [id, pending] of this.#pending) {
      if (nowMs - pending.sinceMs < GOSSIP_VERDICT_MS_MAX) break;
      this.verdict(id, pending.from, 'ignore');
    }
    return this.#pending.size < GOSSIP_PENDING_MAX;
  }

  #floods(from: PeerIdText, nowMs: number): boolean {
    if (nowMs - this.#countingSinceMs >= 1000) {
      this.#countingSinceMs = nowMs;
      this.#counts.clear();
    }
    const count = (this.#counts.get(from) ?? 0) + 1;
    this.#counts.set(from, count);
    return count > GOSSIP_PER_SECOND_MAX;
  }
}
