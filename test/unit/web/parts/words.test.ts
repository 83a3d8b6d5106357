import { deepEqual, equal } from 'node:assert/strict';
import { filterQuery, NO_FILTER } from '../../../../web/parts/filter.ts';
import { formatAgo, formatMs, formatNumber } from '../../../../web/parts/format.ts';
import { readRoute } from '../../../../web/parts/route.ts';
import { joined } from '../../../../web/parts/rows.ts';
import { summaryOf } from '../../../../web/parts/summary.ts';

const name = (peer: string): string => `<${peer}>`;

describe('web: words', () => {
  it('sums an entry up in its most telling words', () => {
    const payload = { score: 3, tags: ['a'], status: 'PASS', summary: 'It held.' };
    equal(summaryOf({ type: 'RECEIPT', payload }, name), 'It held. · status PASS · score 3');
    equal(summaryOf({ type: 'REVOCATION', target: 'p', reason: 'lost key' }, name), 'revokes <p>: lost key');
    equal(summaryOf({ type: 'SYNC_EVENT', entries: 1, ranges: [['p', 0, 1]] }, name), '1 entry of <p>');
    equal(summaryOf({ type: 'OTHER', v: 1, hash: 'aa', a: 'b' }, name), 'a b');
  });

  it('calls members by their names in a text', () => {
    const peer = `12D3KooW${'a'.repeat(44)}`;
    equal(
      summaryOf({ type: 'SCAR', summary: `${peer} signed two` }, () => 'Alpha'),
      'Alpha signed two',
    );
  });

  it('reads its address, and takes what it does not know for the first view', () => {
    deepEqual(readRoute('#/entry/ab12'), { view: 'entry', hash: 'ab12', origin: '' });
    deepEqual(readRoute('#/receipts?origin=12D3'), { view: 'receipts', hash: '', origin: '12D3' });
    for (const address of ['', '#', '#/', '#/nowhere', '#/<script>']) equal(readRoute(address).view, 'overview');
    equal(readRoute('#/entry/%').hash, '');
  });

  it('asks the node for what is filtered', () => {
    equal(filterQuery(NO_FILTER), '');
    equal(filterQuery({ ...NO_FILTER, search: ' abc123 ' }), '&hash=abc123');
    equal(filterQuery({ ...NO_FILTER, search: 'bad & worse' }), '&text=bad+%26+worse');
    equal(filterQuery({ ...NO_FILTER, type: 'SCAR', before: 'no date' }), '&type=SCAR');
  });

  it('writes numbers for people', () => {
    deepEqual([formatNumber(1234567), formatMs(12.34), formatMs(1500)], ['1,234,567', '12.3 ms', '1.5 s']);
    deepEqual([formatAgo(0), formatAgo(90_000), formatAgo(3 * 3600_000)], ['0 s', '1 min', '3 h']);
  });
});

describe('web: rows of the feed', () => {
  const entry = (hash: string, timestamp: number) => ({ hash, timestamp });
  const rows = { entries: [entry('b', 2), entry('a', 1)], next: 'on', failure: '', isLoading: false };

  it('puts what is new before what was there', () => {
    const { entries, next } = joined({ entries: [entry('c', 3), entry('b', 2)], next: 'other' }, rows);
    deepEqual([entries.map(({ hash }) => hash), next], [['c', 'b', 'a'], 'on']);
  });

  it('puts what came late where it belongs', () => {
    const late = { entries: [entry('b', 2), entry('late', 1.5), entry('a', 1)], next: undefined };
    deepEqual(
      joined(late, rows).entries.map(({ hash }) => hash),
      ['b', 'late', 'a'],
    );
  });

  it('begins anew when more came than a page holds', () => {
    const page = { entries: [entry('z', 9), entry('y', 8)], next: 'further' };
    deepEqual(joined(page, rows), { ...page, failure: '', isLoading: false });
  });
});
