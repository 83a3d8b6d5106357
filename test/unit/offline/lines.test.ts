import { deepEqual, equal, rejects, throws } from 'node:assert/strict';
import { type Line, lineJson, lineText, readFileLines, readLines } from '../../../src/offline/lines.ts';

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array, void> {
  for (const text of texts) yield Buffer.from(text);
}

async function linesOf(texts: readonly string[], bytesMax = 100): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(chunks(...texts), () => bytesMax)) lines.push(line);
  return lines;
}

describe('lines', () => {
  it('are the same however the bytes arrive', async () => {
    const text = 'one\ntwo\n\nthree';
    const expected = [
      ['one', true],
      ['two', true],
      ['', true],
      ['three', false],
    ];
    for (let size = 1; size <= text.length; size++) {
      const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size),
      );
      deepEqual(
        (await linesOf(parts)).map((line) => [lineText(line), line.ended]),
        expected,
      );
    }
  });

  it('are none in an empty file, and end with the last newline', async () => {
    deepEqual(await linesOf([]), []);
    deepEqual(await linesOf(['']), []);
    equal((await linesOf(['a\n'])).length, 1);
  });

  it('that are too long are not kept, and do not end the reading', async () => {
    const [long, short] = await linesOf(['12345', '6', '7\nok\n'], 6);
    deepEqual([long?.number, long?.bytes.length, long?.tooLongFor, long?.ended], [1, 0, 6, true]);
    throws(() => lineText(long ?? raise()), { code: 'line_too_long' });
    equal(lineText(short ?? raise()), 'ok');
  });

  it('may be as long as is allowed', async () => {
    const [line] = await linesOf(['123456\n'], 6);
    equal(lineText(line ?? raise()), '123456');
  });

  it('of other bytes than UTF-8 are refused', () => {
    const bytes = Uint8Array.of(0xff, 0x41);
    throws(() => lineText({ number: 3, bytes, ended: true }), { code: 'not_utf8', fields: { line: 3 } });
  });

  it('name their number when their JSON is wrong', () => {
    throws(() => lineJson({ number: 17, bytes: Buffer.from('{"a":1,}'), ended: true }), {
      code: 'json_syntax',
      message: /^line 17, column 8: /,
    });
    throws(() => lineJson({ number: 9, bytes: Buffer.from('{"a":1,"a":2}'), ended: true }), {
      code: 'json_duplicate_key',
      message: /^line 9, /,
    });
  });

  it('of a file that is not there are an error of ours', async () => {
    await rejects(readFileLines('no/such/file', () => 10).next(), { code: 'file_unreadable' });
  });
});

function raise(): never {
  throw new Error('no line');
}
