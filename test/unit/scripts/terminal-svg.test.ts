import { deepEqual, match, ok } from 'node:assert/strict';
import { terminalSvg } from '../../../scripts/terminal-svg.ts';

describe('picture of a terminal', () => {
  it('holds each line that has something on it, at its place', () => {
    const svg = terminalSvg('t', '$ one\n\n  two\n\n\n');
    const lines = [...svg.matchAll(/<text [^>]*y="(\d+)"[^>]*>([^<]*)</g)].map(([, y, line]) => [y, line]);
    deepEqual(lines, [
      ['29', '$ one'],
      ['65', '  two'],
    ]);
  });

  it('escapes what XML would read as its own', () => {
    const svg = terminalSvg('a & "b"', '> <b>&amp;');
    match(svg, /<title>a &amp; &quot;b&quot;<\/title>/);
    match(svg, />&gt; &lt;b&gt;&amp;amp;<\/text>/);
  });

  it('is as wide as its longest line', () => {
    const width = (text: string): number => Number(/ width="(\d+)"/.exec(terminalSvg('t', text))?.[1]);
    ok(width('x'.repeat(100)) - width('x'.repeat(10)) > 90 * 7);
  });
});
