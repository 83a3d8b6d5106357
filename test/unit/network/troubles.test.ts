import { deepEqual, equal, match } from 'node:assert/strict';
import { DIAL_TROUBLES_MAX } from '../../../src/core/limits.ts';
import { Troubles } from '../../../src/network/troubles.ts';

describe('troubles with peers', () => {
  const reasonOf = (error: unknown): string => {
    const troubles = new Troubles(() => 7);
    troubles.failed('x', error);
    return troubles.list()[0]?.reason ?? '';
  };

  it('says in plain words why a dial failed', () => {
    match(reasonOf(new Error('connect ECONNREFUSED 192.0.2.1:4001')), /no node listens there/);
    match(
      reasonOf(new AggregateError([new Error('getaddrinfo ENOTFOUND nowhere')], 'all failed')),
      /name cannot be resolved/,
    );
    match(reasonOf(new Error('dial failed', { cause: new Error('connect EHOSTUNREACH') })), /no route/);
    match(reasonOf(new DOMException('The operation timed out', 'TimeoutError')), /firewall/);
    equal(reasonOf(new Error('something else\nwith a stack')), 'Error: something else');
    equal(reasonOf('x'.repeat(1000)).length, 200);
  });

  it('holds it for no trouble that a member is connected already', () => {
    const troubles = new Troubles(() => 7);
    const address = '/dns4/node5/tcp/4001';
    troubles.failed(address, new Error('connect ECONNREFUSED 192.0.2.1:4001'));
    troubles.failed(address, new Error('The multiaddr connection is blocked by gater.denyOutboundEncryptedConnection'));
    deepEqual(troubles.list(), []);
  });

  it('keeps the latest of each, newest first, until it is reached, and no more than its bound', () => {
    let wallMs = 0;
    const troubles = new Troubles(() => ++wallMs);
    troubles.failed('a', new Error('one'));
    troubles.stranger('b');
    troubles.failed('a', new Error('two'));
    deepEqual(troubles.list(), [
      { target: 'a', reason: 'Error: two', atMs: 3 },
      { target: 'b', reason: 'belongs to another federation', atMs: 2 },
    ]);
    troubles.reached('a');
    deepEqual(
      troubles.list().map(({ target }) => target),
      ['b'],
    );
    for (let i = 0; i < 2 * DIAL_TROUBLES_MAX; i++) troubles.failed(`peer ${i}`, new Error('gone'));
    equal(troubles.list().length, DIAL_TROUBLES_MAX);
    equal(troubles.list()[0]?.target, `peer ${2 * DIAL_TROUBLES_MAX - 1}`);
  });
});
