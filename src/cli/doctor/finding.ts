/** What a check finds. */
import { describeError, TessraxError } from '../../core/errors.ts';

export interface Finding {
  readonly check: string;
  /** `skipped`: could not be looked at, and why. Only `failed` makes the answer "no". */
  readonly verdict: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly what: string;
  /** What to do; empty when there is nothing. */
  readonly remedy: string;
}

export function ok(check: string, what: string): Finding {
  return { check, verdict: 'ok', what, remedy: '' };
}

export function warning(check: string, what: string, remedy: string): Finding {
  return { check, verdict: 'warning', what, remedy };
}

export function failed(check: string, what: string, remedy: string): Finding {
  return { check, verdict: 'failed', what, remedy };
}

export function skipped(check: string, what: string): Finding {
  return { check, verdict: 'skipped', what, remedy: '' };
}

/** An error of the program's own is a finding; anything else is a bug and goes on. */
export function fromError(check: string, error: unknown): Finding {
  if (!(error instanceof TessraxError)) throw new Error(`${check}: ${describeError(error)}`, { cause: error });
  return failed(check, error.message, error.remedy);
}
