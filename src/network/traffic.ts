/**
 * Counts the bytes of connections and streams by protocol. libp2p asks a metrics service for this and for a hundred numbers of its own;
 * those have label values that peers choose (topics, protocols), so they are not kept.
 */
import type { Metrics, MultiaddrConnection, Stream } from '@libp2p/interface';
import { TRAFFIC_PROTOCOLS_MAX } from '../core/limits.ts';
import type { Traffic } from '../ports.ts';

interface Count {
  receivedBytes: number;
  sentBytes: number;
}

/** Where protocols go that came after the first TRAFFIC_PROTOCOLS_MAX. */
const OTHER = 'other';

const inert = { update: noop, increment: noop, decrement: noop, reset: noop, observe: noop, timer: () => noop };
function noop(): void {}

export class TrafficCounter implements Metrics {
  readonly #counts = new Map<string, Count>();

  read(): Traffic[] {
    return [...this.#counts].map(([protocol, count]) => ({ protocol, ...count }));
  }

  trackMultiaddrConnection(connection: MultiaddrConnection): void {
    this.#track(connection, 'connection');
  }

  trackProtocolStream(stream: Stream): void {
    if (stream.protocol !== '') this.#track(stream, stream.protocol);
  }

  // A listener for `message` would start the flow before the protocol's own is in place; so the calls themselves are watched.
  #track(stream: Stream | MultiaddrConnection, protocol: string): void {
    const count = this.#countOf(protocol);
    const dispatch = stream.dispatchEvent.bind(stream);
    stream.dispatchEvent = (event: Event) => {
      if (event.type === 'message' && 'data' in event) count.receivedBytes += byteLengthOf(event.data);
      return dispatch(event);
    };
    const send = stream.send.bind(stream);
    stream.send = (data) => {
      count.sentBytes += data.byteLength;
      return send(data);
    };
  }

  #countOf(protocol: string): Count {
    const name = this.#counts.has(protocol) || this.#counts.size < TRAFFIC_PROTOCOLS_MAX ? protocol : OTHER;
    const count = this.#counts.get(name) ?? { receivedBytes: 0, sentBytes: 0 };
    this.#counts.set(name, count);
    return count;
  }

  registerMetric = () => inert;
  registerMetricGroup = () => inert;
  registerCounter = () => inert;
  registerCounterGroup = () => inert;
  registerHistogram = () => inert;
  registerHistogramGroup = () => inert;
  registerSummary = () => inert;
  registerSummaryGroup = () => inert;
  traceFunction = <F>(_name: string, traced: F): F => traced;
  createTrace = (): undefined => undefined;
}

function byteLengthOf(data: unknown): number {
  return typeof data === 'object' && data !== null && 'byteLength' in data && typeof data.byteLength === 'number'
    ? data.byteLength
    : 0;
}
