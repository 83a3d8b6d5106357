import { deepEqual, equal, ok } from 'node:assert/strict';
import { entryLines, shortPeer, steadyEntryLines } from '../../../src/cli/entry-table.ts';
import { count, counted, durationText, printable, timeText, wrapped } from '../../../src/cli/output.ts';
import { type Column, cut, listLines, tableLines } from '../../../src/cli/table.ts';
import { ALICE } from '../core/fixtures.ts';

describe('text for people', () => {
  it('groups digits and counts', () => {
    deepEqual(
      [count(1234567), counted(1, 'entry', 'entries'), counted(1234, 'entry', 'entries')],
      ['1,234,567', '1 entry', '1,234 entries'],
    );
  });

  it('gives times in UTC, and numbers that are no time as they are', () => {
    equal(timeText(1_767_225_600_000), '2026-01-01 00:00:00');
    equal(timeText(9e15), '9000000000000000');
  });

  const durations: readonly (readonly [number, string])[] = [
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [61, '1 min 1 s'],
    [3600, '1 h'],
    [90_061, '1 d 1 h'],
    [-5, '0 s'],
  ];
  for (const [seconds, text] of durations)
    it(`calls ${seconds} seconds ${text}`, () => equal(durationText(seconds), text));

  it('lets nothing through that steers a terminal', () => {
    equal(printable('a\u001b[31mb\u009b2Jc\u202ed\ne'), 'a\ufffd[31mb\ufffd2Jc\ufffdd\ufffde');
  });
});

describe('lines', () => {
  it('are broken between words, and what is copied stays whole', () => {
    deepEqual(wrapped('a bb ccc', 80, 2), ['a bb ccc']);
    deepEqual(wrapped('a bb ccc', 5, 2), ['a bb', '  ccc']);
    deepEqual(wrapped(`root ${'f'.repeat(20)}, signed`, 12, 2), ['root', `  ${'f'.repeat(20)},`, '  signed']);
  });

  it('are measured without their colours', () => {
    deepEqual(wrapped('\u001b[32mgood\u001b[39m news', 9, 2), ['\u001b[32mgood\u001b[39m news']);
    deepEqual(wrapped('\u001b[32mgood\u001b[39m news', 8, 2), ['\u001b[32mgood\u001b[39m', '  news']);
  });

  it('of names and values go on below the value', () => {
    deepEqual(listLines([['peers', '0 because nobody']], 15), ['peers  0', '       because', '       nobody']);
  });
});

describe('tables', () => {
  const columns: readonly Column[] = [
    { title: 'ID' },
    { title: 'N', align: 'right' },
    { title: 'HASH', widthMin: 6 },
    { title: 'TEXT', widthMin: 4, optional: true },
  ];
  const rows = [
    ['a', '1', '0123456789', 'some words'],
    ['bb', '22', 'x', 'y'],
  ];

  it('are as wide as their content', () => {
    deepEqual(tableLines(columns, rows, Number.POSITIVE_INFINITY), [
      'ID   N  HASH        TEXT',
      'a    1  0123456789  some words',
      'bb  22  x           y',
    ]);
  });

  it('shrink from the right, and leave out what has no room', () => {
    deepEqual(tableLines(columns, rows, 24)[1], 'a    1  0123456789  som…');
    deepEqual(tableLines(columns, rows, 20)[1], 'a    1  01234…  som…');
    deepEqual(tableLines(columns, rows, 17)[1], 'a    1  01234…');
    deepEqual(tableLines(columns, rows, 1)[1], 'a    1  01234…');
  });

  it('fit the width, whatever it is, down to what cannot shrink', () => {
    for (let width = 14; width < 40; width++) {
      for (const line of tableLines(columns, rows, width)) ok(line.length <= width, `${line} in ${width}`);
    }
  });

  it('hold no control characters of strangers', () => {
    deepEqual(tableLines([{ title: 'A' }], [['x\u001b[2J']], 80)[1], 'x\ufffd[2J');
    deepEqual(
      listLines([
        ['name', 'x\u0007'],
        ['n', 'y'],
      ]),
      ['name  x\ufffd', 'n     y'],
    );
  });

  it('cut with a mark', () => {
    deepEqual([cut('abc', 3), cut('abcd', 3), cut('abcd', 0)], ['abc', 'ab…', '']);
  });

  it('keep their columns when they go on', () => {
    const entry = { timestamp: 0, origin: ALICE.peer, type: 'SCAR', hash: 'f'.repeat(64) };
    const at = (seq: number, payload: string): number => {
      const [, line = ''] = steadyEntryLines([{ ...entry, type: 'RECEIPT', seq, payload }], 80);
      ok(line.length <= 80);
      return line.indexOf('"');
    };
    deepEqual([at(1, 'x'), at(99_999, 'long '.repeat(20))], [at(12, ''), at(12, '')]);
  });

  it('show entries: when, whose, what', () => {
    const entry = {
      timestamp: 1_767_225_600_000,
      origin: ALICE.peer,
      seq: 7,
      type: 'RECEIPT',
      hash: 'f'.repeat(64),
      payload: { n: 1 },
    };
    const journal = { ...entry, type: 'SYNC_EVENT', payload: 1, target: '*', v: 1 };
    const [, first, second] = entryLines([entry, journal], 200);
    equal(first, `2026-01-01 00:00:00  ${shortPeer(ALICE.peer)}    7  RECEIPT     ${'f'.repeat(64)}  {"n":1}`);
    ok(second?.endsWith('{"payload":1,"target":"*"}'));
  });
});
