import { deepEqual, equal, throws } from 'node:assert/strict';
import { certificateJson, examineCertificate, readCertificate } from '../../../src/core/certificate.ts';
import type { JsonObject } from '../../../src/core/entry/canonical-json.ts';
import { TessraxError } from '../../../src/core/errors.ts';
import { isValid } from './fixtures.ts';
import { object, text, vectorList } from './vectors.ts';

/** Throws what is wrong with a certificate, its signatures included. */
function check(json: JsonObject): void {
  if (!examineCertificate(readCertificate(json)).every(isValid)) {
    throw new TessraxError('signature_invalid', 'a signature does not hold');
  }
}

describe('certificate (R-85)', () => {
  for (const [vector, decisions] of [
    ...vectorList('proofs.json', 'certificates').map((each) => [each, 0] as const),
    ...vectorList('epochs.json', 'certificates').map((each) => [each, 1] as const),
  ]) {
    const json = object(vector.certificate);

    it(`${text(vector.name)} of the vectors holds, with one signature of each entry and one a vote`, () => {
      check(json);
      equal(examineCertificate(readCertificate(json)).length, 1 + 3 + decisions * 4);
    });

    it('is written as it was read', () => deepEqual(certificateJson(readCertificate(json)), json));

    it('does not hold with any one digit of any text of hex changed', () => {
      for (const [path, changed] of spoiled(json)) {
        throws(() => check(changed), TessraxError, path);
      }
    });
  }

  for (const { what, certificate, code } of vectorList('refused-proofs.json', 'certificates')) {
    it(`refuses ${text(what)}: ${text(code)}`, () => throws(() => check(object(certificate)), { code: text(code) }));
  }
});

/** The object once for each text in it that is hex, with one digit of that text another one. */
function* spoiled(json: JsonObject): Generator<readonly [string, JsonObject]> {
  const texts = JSON.stringify(json).matchAll(/"([0-9a-f]{32,})"/g);
  const whole = JSON.stringify(json);
  for (const [, digits = ''] of texts) {
    const at = whole.indexOf(digits) + (digits.length >> 1);
    const digit = whole[at] === '0' ? '1' : '0';
    const changed: unknown = JSON.parse(`${whole.slice(0, at)}${digit}${whole.slice(at + 1)}`);
    yield [digits.slice(0, 16), asObject(changed)];
  }
}

function asObject(value: unknown): JsonObject {
  return object(JSON.parse(JSON.stringify(value)));
}
