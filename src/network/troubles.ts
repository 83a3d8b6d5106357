/** Why peers could not be reached: the last reason for each, so that an operator with no peers need not read the log. */
import { DIAL_TROUBLES_MAX } from '../core/limits.ts';
import type { Trouble } from '../ports.ts';

/** System codes and libp2p error names, in an operator's words. Matched in this order. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'refused the connection: no node listens there'],
  [/EHOSTUNREACH|ENETUNREACH/, 'cannot be reached: no route to it'],
  [/ENOTFOUND|EAI_AGAIN|NoValidAddresses|could not resolve/i, 'its name cannot be resolved'],
  [/ETIMEDOUT|Timeout|AbortError|aborted/i, 'did not answer in time: a firewall may be in between'],
  [/unexpected peer|UnexpectedPeer|InvalidCryptoExchange|identity mismatch/i, 'answers with another peer ID'],
  [
    /ECONNRESET|UnexpectedEOF|closed|reset/i,
    'closed the connection: it refuses this node, or has another swarm key (psk)',
  ],
  [/denyDialPeer/, 'is not dialled for now: tessrax peers says what is held against it'],
];

/** Our own refusal of a connection that came about: to a member that is connected already, or to one that is banned (gater.ts). */
const NO_TROUBLE = /denyOutboundEncryptedConnection/;

export class Troubles {
  /** By target, oldest first; at most DIAL_TROUBLES_MAX. */
  readonly #latest = new Map<string, Trouble>();
  readonly #wallMs: () => number;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** @param target a peer ID or an address */
  failed(target: string, error: unknown): void {
    if (NO_TROUBLE.test(textOf(error))) this.reached(target);
    else this.#keep(target, reasonOf(error));
  }

  stranger(peer: string): void {
    this.#keep(peer, 'belongs to another federation');
  }

  reached(target: string): void {
    this.#latest.delete(target);
  }

  /** Newest first. */
  list(): Trouble[] {
    return [...this.#latest.values()].reverse();
  }

  #keep(target: string, reason: string): void {
    this.#latest.delete(target);
    this.#latest.set(target, { target, reason, atMs: this.#wallMs() });
    const [oldest] = this.#latest.keys();
    if (this.#latest.size > DIAL_TROUBLES_MAX && oldest !== undefined) this.#latest.delete(oldest);
  }
}

function reasonOf(error: unknown): string {
  const text = textOf(error);
  const known = REASONS.find(([pattern]) => pattern.test(text));
  return known?.[1] ?? (text.split('\n')[0] ?? text).slice(0, 200);
}

/** With several addresses libp2p fails with one error that holds those of each. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause];
  return [`${error.name}: ${error.message}`, ...inner.slice(0, 4).map(String)].join('\n');
}
