/** What an examination found wrong: the first faults one by one, the rest counted. */
import { TessraxError } from '../core/errors.ts';
import type { LogName } from '../core/ledger/feed.ts';
import { AUDIT_FAULTS_SHOWN_MAX } from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { AuditKind, AuditSummary, Fault, Verdict } from './context.ts';

export class Faults {
  readonly shown: Fault[] = [];
  count = 0;

  add(place: string, code: string, what: string): void {
    this.count++;
    if (this.shown.length < AUDIT_FAULTS_SHOWN_MAX) this.shown.push({ place, code, what });
  }

  /** What was found of a file or folder. A summary is given with it only when it can be relied on. */
  verdict(path: string, kind: AuditKind, summary: AuditSummary | undefined): Verdict {
    const verified = this.count === 0;
    return {
      path,
      kind,
      verified,
      faults: this.shown,
      faultCount: this.count,
      ...(verified && summary !== undefined ? { summary } : {}),
    };
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
