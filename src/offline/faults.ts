/** What an examination found wrong: the first faults one by one, the rest counted. */
import { TessraxError } from '../core/errors.ts';
import type { LogName } from '../core/ledger/feed.ts';
import { AUDIT_FAULTS_SHOWN_MAX } from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';

export interface Fault {
  /** Where, for people: a line, a feed, an entry, a file. */
  readonly place: string;
  readonly code: string;
  readonly what: string;
}

export class Faults {
  readonly shown: Fault[] = [];
  count = 0;

  add(place: string, code: string, what: string): void {
    this.count++;
    if (this.shown.length < AUDIT_FAULTS_SHOWN_MAX) this.shown.push({ place, code, what });
  }

  /** Records an error of ours as a fault; any other error is none and goes on. */
  catch(place: string, error: unknown): void {
    if (!(error instanceof TessraxError)) throw error;
    this.add(place, error.code, error.message);
  }
}

export function entryPlace(log: LogName, origin: PeerIdText, seq: number): string {
  return `${log === 'journal' ? 'journal of ' : ''}${origin}, seq ${seq}`;
}
