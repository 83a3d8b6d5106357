import type { AppendedEntry, AppendRequest } from '../events.ts';
import type { Ruling } from '../federation/decision.ts';
import type { ForkProof } from '../ledger/fork.ts';
import type { SealReason } from '../ledger/seal-reason.ts';
import type { PeerIdText } from '../peer-id.ts';
import type { Accusation } from './accusations.ts';
import type { HeardHeartbeat } from './heartbeat.ts';
import type { RangesRequest } from './messages.ts';
import type { Delivery } from './state.ts';
import type { Statement } from './statement.ts';

/** Why a batch was written: what to say once it is durable. */
export type AfterStored =
  | {
      readonly kind: 'appended';
      readonly replies: readonly { readonly request: number; readonly result: readonly AppendedEntry[] }[];
      readonly push: Uint8Array | undefined;
    }
  | {
      readonly kind: 'delivered';
      readonly peer: PeerIdText;
      readonly stream: number;
      readonly confirm: Uint8Array;
      readonly entries: number;
      readonly receivedMs: number;
    }
  | { readonly kind: 'pushed'; readonly peer: PeerIdText; readonly entries: number; readonly receivedMs: number }
  | { readonly kind: 'event'; readonly stream: number; readonly frame: Uint8Array }
  | { readonly kind: 'confirmed'; readonly peer: PeerIdText; readonly entries: number }
  | { readonly kind: 'revocation'; readonly target: PeerIdText; readonly statement: Statement }
  | RevocationsShown
  | { readonly kind: 'certified' }
  | { readonly kind: 'sealed' }
  | { readonly kind: 'decided'; readonly rulings: readonly Ruling[] }
  | { readonly kind: 'took_over'; readonly since: number }
  | { readonly kind: 'counter'; readonly reserved: number };

/** Statements out of proofs that came with a request, which is answered when they are durable. */
export interface RevocationsShown {
  readonly kind: 'revocations_shown';
  readonly accusations: readonly Accusation[];
  readonly request: RequestJob;
}

/** A request that came with proofs. */
export interface RequestJob {
  readonly kind: 'request';
  readonly stream: number;
  readonly peer: PeerIdText;
  readonly request: RangesRequest;
  /** Of its seals, those whose signatures are being checked. */
  readonly proofs: readonly SealReason[];
}

/** Why signatures are being checked. */
export type Job =
  | ({ readonly kind: 'append'; readonly draftOf: readonly number[] } & AppendRequest)
  | { readonly kind: 'heartbeat'; readonly id: string; readonly from: PeerIdText; readonly heard: HeardHeartbeat }
  | {
      readonly kind: 'decisions';
      readonly peer: PeerIdText;
      readonly proved: readonly { readonly bytes: Uint8Array; readonly ruling: Ruling }[];
    }
  | { readonly kind: 'push'; readonly id: string; readonly from: PeerIdText; readonly delivery: Delivery }
  | {
      readonly kind: 'revocation';
      readonly id: string;
      readonly from: PeerIdText;
      readonly target: PeerIdText;
      readonly statement: Statement;
    }
  | { readonly kind: 'delivery'; readonly peer: PeerIdText; readonly stream: number; readonly delivery: Delivery }
  | { readonly kind: 'fork'; readonly peer: PeerIdText; readonly proof: ForkProof }
  | RequestJob
  | {
      readonly kind: 'confirm';
      readonly stream: number;
      readonly peer: PeerIdText;
      readonly statement: Statement;
      readonly eventHash: string;
      readonly hash: Uint8Array;
    };
