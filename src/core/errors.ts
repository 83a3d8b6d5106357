/**
 * The one error class. `code` is for programs, `message` says what is wrong, `remedy` what to do about it,
 * `fields` carries the values that were involved.
 */
export type ErrorFields = Readonly<Record<string, string | number | boolean>>;

export class TessraxError extends Error {
  readonly code: string;
  readonly fields: ErrorFields;
  readonly remedy: string;

  constructor(code: string, message: string, options: { remedy?: string; fields?: ErrorFields; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TessraxError';
    this.code = code;
    this.fields = options.fields ?? {};
    this.remedy = options.remedy ?? '';
  }
}

/** The one line an operator sees: what is wrong, then what to do. */
export function describeError(error: unknown): string {
  if (error instanceof TessraxError) {
    return error.remedy === ''
      ? `${error.message} [${error.code}]`
      : `${error.message} (${error.remedy}) [${error.code}]`;
  }
  return error instanceof Error ? error.message : String(error);
}
