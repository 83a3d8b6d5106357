/** Why a text that is JSON is not canonical JSON: the first rule of RFC 8785 that it breaks, for logs and for scoring who sent it. */

export type CanonicalRefusal =
  | 'too_large'
  | 'too_deep'
  | 'not_utf8'
  | 'not_json'
  | 'not_object'
  /** White space between tokens. */
  | 'whitespace'
  /** A number in another form than its shortest: 1.0, -0, 1e2, and what a double does not hold, as 9007199254740993 or 1e400. */
  | 'number_form'
  /** A string escaped where it need not be, or in another way. */
  | 'string_form'
  | 'lone_surrogate'
  | 'duplicate_name'
  | 'name_order';

/** White space, strings, structure, numbers and words: every text that JSON.parse accepts is made of these. */
const TOKEN = /[ \t\n\r]+|"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/gs;
const WHITESPACE = /^[ \t\n\r]/;
const NUMBER = /^[-0-9]/;

/** The first reason, reading from the left. Only for text that JSON.parse accepts and that is not canonical. */
export function refusalOf(text: string): CanonicalRefusal {
  // The last name of each open object, undefined before its first; of an array it stays undefined.
  const lastNames: (string | undefined)[] = [];
  let before = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (WHITESPACE.test(token)) return 'whitespace';
    if (token === '{' || token === '[') lastNames.push(undefined);
    else if (token === '}' || token === ']') lastNames.pop();
    if (NUMBER.test(token) && String(Number(token)) !== token) return 'number_form';
    if (token.startsWith('"')) {
      const refusal = stringRefusal(token);
      if (refusal !== undefined) return refusal;
    }
    if (token === ':') {
      const name: string = JSON.parse(before);
      const last = lastNames.at(-1);
      if (last === name) return 'duplicate_name';
      if (last !== undefined && last > name) return 'name_order';
      lastNames[lastNames.length - 1] = name;
    }
    before = token;
  }
  return 'name_order'; // nothing else is left that RFC 8785 decides
}

function stringRefusal(token: string): CanonicalRefusal | undefined {
  const value: string = JSON.parse(token);
  if (!value.isWellFormed()) return 'lone_surrogate';
  return JSON.stringify(value) === token ? undefined : 'string_form';
}
