/** Numbers of JSON text, and whether a double says the same. */

/** Sign, whole part, fraction and exponent of a JSON number (RFC 8259, section 6). */
const PARTS = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The number that a JSON number token stands for; undefined when a double cannot hold it exactly, in the sense that the shortest form of
 * that double, which is how it will be written from then on, is another decimal number. 1.0, 0.50 and 1e2 pass; 9007199254740993,
 * 0.1000000000000000055, 1e400 and 1e-400 do not.
 */
export function exactNumber(token: string): number | undefined {
  const value = Number(token);
  if (String(value) === token) return value;
  const written = decimalOf(token);
  if (written.digits === '') return 0; // 0.00, -0 and 0e9 are zero
  const held = decimalOf(String(value)); // too large is Infinity and too small is 0: neither has significant digits
  return written.digits === held.digits && written.exponent === held.exponent ? value : undefined;
}

interface Decimal {
  /** Significant digits, without zeros at either end; empty for zero. */
  readonly digits: string;
  /** The absolute value is 0.digits times ten to this. */
  readonly exponent: number;
}

function decimalOf(token: string): Decimal {
  const [, whole = '', fraction = '', exponent = '0'] = PARTS.exec(token) ?? [];
  const digits = whole + fraction;
  // By hand: a pattern for zeros at the end takes quadratic time on zeros in the middle.
  let from = 0;
  let to = digits.length;
  while (from < to && digits[from] === '0') from++;
  while (to > from && digits[to - 1] === '0') to--;
  return { digits: digits.slice(from, to), exponent: Number(exponent) + whole.length - from };
}
