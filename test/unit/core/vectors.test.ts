import { equal } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { VECTOR_FILES, vectorText } from '../../../scripts/make-vectors.ts';

describe('vectors', () => {
  for (const [name, make] of VECTOR_FILES) {
    it(`${name} is what scripts/make-vectors.ts makes of the code as it is`, () => {
      equal(vectorText(make()), readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8'));
    });
  }
});
