import { deepEqual, equal, match } from 'node:assert/strict';
import { once } from 'node:events';
import { hostname } from 'node:os';
import {
  API_BODIES_BYTES_MAX,
  API_BODY_BYTES_MAX,
  API_CONNECTIONS_MAX,
  API_EXPORTS_MAX,
  API_REQUESTS_MAX,
} from '../../../src/core/limits.ts';
import { ApiRig } from '../node-rig.ts';
import { answerFrom, ask, exchange, open } from './raw.ts';

const BODY = JSON.stringify({ payload: {} });

describe('api: pages of other sites', () => {
  let api: ApiRig;
  before(async () => {
    api = await ApiRig.start('127.0.0.1:0', undefined, undefined, { hosts: ['node.example.org'] });
  });
  after(() => api.stop());

  for (const host of [
    '127.0.0.1:7420',
    'localhost',
    '[::1]:7420',
    'node1:7420',
    'NODE.example.org',
    'x.localhost',
    '192.0.2.7',
    hostname(),
  ]) {
    it(`are not meant by a request to ${host === hostname() ? 'this machine' : host}`, async () => {
      equal((await ask(api.url, '/v1/status', [`Host: ${host}`])).status, 200);
    });
  }

  for (const host of [
    'evil.example',
    'evil.example:7420',
    '127.0.0.1.evil.example',
    'localhost.',
    'node.example.org.evil.example',
    '',
    'a b',
    'x@127.0.0.1',
    '127.0.0.1:99999999',
    '[::1',
    '[zz.zz]',
  ]) {
    it(`cannot reach the node under the name "${host}"`, async () => {
      const { status, problem } = await ask(api.url, '/v1/status', [`Host: ${host}`]);
      deepEqual([status, problem['code']], [421, 'host_unknown']);
    });
  }

  it('cannot be asked under two names at once', async () => {
    const { status, problem } = await ask(api.url, '/v1/status', ['Host: localhost', 'Host: 127.0.0.1']);
    deepEqual([status, problem['code']], [400, 'bad_request']);
  });

  const refused: readonly (readonly string[])[] = [
    ['Origin: http://evil.example'],
    ['Origin: null'],
    ['Origin: https://127.0.0.1'],
    ['Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-site'],
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'],
  ];
  for (const headers of refused) {
    it(`are refused: ${headers.join(', ')}`, async () => {
      const { status, problem, headers: given } = await ask(api.url, '/v1/status', headers);
      deepEqual([status, problem['code']], [403, 'cross_site']);
      deepEqual(
        [...given.keys()].filter((name) => name.startsWith('access-control')),
        [],
      );
    });
  }

  it('may link to the node, and write nothing by it', async () => {
    const link = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate'];
    equal((await ask(api.url, '/v1/status', link)).status, 200);
    const form = await api.post('/v1/receipts', BODY, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' });
    equal(form.status, 403);
  });

  it("leave the node's own page alone", async () => {
    const { host } = new URL(api.url);
    equal((await ask(api.url, '/v1/status', [`Origin: http://${host}`, 'Sec-Fetch-Site: same-origin'])).status, 200);
  });

  it('are not told more by a preflight', async () => {
    const preflight = `OPTIONS /v1/receipts HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n`;
    const { status, headers } = await exchange(api.url, preflight);
    equal(status, 403);
    deepEqual(
      [...headers.keys()].filter((name) => name.startsWith('access-control')),
      [],
    );
  });

  it('cannot frame an answer, guess its type, keep it or load it', async () => {
    const { headers } = await ask(api.url, '/v1/status');
    match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/);
    equal(headers.get('x-content-type-options'), 'nosniff');
    equal(headers.get('cache-control'), 'no-store');
    equal(headers.get('cross-origin-resource-policy'), 'same-origin');
  });
});

describe('api: requests that are none', () => {
  let api: ApiRig;
  before(async () => {
    api = await ApiRig.start('127.0.0.1:0', undefined, undefined, { requestMs: 400 });
  });
  after(() => api.stop());

  const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  const POST = (headers: string, body: string): string =>
    `POST /v1/receipts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n\r\n${body}`;
  const JSON_TYPE = 'Content-Type: application/json';
  const cases: readonly (readonly [what: string, request: string | Uint8Array, status: number])[] = [
    ['noise', 'hello\r\n\r\n', 400],
    ['another protocol', '\u0016\u0003\u0001\u0002', 400],
    ['a path out of the folder', GET('/../../etc/passwd'), 404],
    ['a path out of the folder, hidden', GET('/v1/receipts/%2e%2e%2f%2e%2e%2fetc%2fpasswd'), 400],
    ['a path that is no URL', GET('/v1/receipts/%zz'), 400],
    ['a path with a line break in it', GET('/v1/receipts/%0d%0aSet-Cookie:%20a=b'), 400],
    ['a query with a line break in it', GET('/v1/receipts?type=A%0d%0aX-Evil:%201'), 400],
    ['a parameter that is too long', GET(`/v1/receipts/${'a'.repeat(200)}`), 414],
    ['a head that is too large', GET(`/${'a'.repeat(20_000)}`), 431],
    ['two lengths', POST(`${JSON_TYPE}\r\nContent-Length: 14\r\nContent-Length: 15`, BODY), 400],
    ['a length and chunks', POST(`${JSON_TYPE}\r\nContent-Length: 14\r\nTransfer-Encoding: chunked`, '0\r\n\r\n'), 400],
    ['a length that is no number', POST(`${JSON_TYPE}\r\nContent-Length: many`, BODY), 400],
    [
      'a body that is too large by its own word',
      POST(`${JSON_TYPE}\r\nContent-Length: ${API_BODY_BYTES_MAX + 1}`, ''),
      413,
    ],
    [
      'bytes that are no UTF-8',
      Buffer.from(POST(`${JSON_TYPE}\r\nContent-Length: 15`, '{"payload":"X"}').replace('X', '\u00ff'), 'latin1'),
      400,
    ],
    ['a body that does not come', POST(`${JSON_TYPE}\r\nContent-Length: 100`, '{'), 408],
    ['a head that does not end', 'GET /v1/status HTTP/1.1\r\nHost: localhost\r\n', 408],
    ['a wrong method', 'DELETE /v1/receipts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 405],
    [
      'a wrong method on one entry',
      `PUT /v1/receipts/${'0'.repeat(64)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      405,
    ],
    ['a form', POST('Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3', 'a=b'), 415],
    ['text', POST('Content-Type: text/plain\r\nContent-Length: 14', BODY), 415],
    ['no type', POST('Content-Length: 14', BODY), 415],
  ];
  for (const [what, request, expected] of cases) {
    it(`are answered with a problem document (${expected}): ${what}`, async () => {
      const { status, problem, headers } = await exchange(api.url, request);
      deepEqual([status, problem['status'], typeof problem['detail']], [expected, expected, 'string']);
      equal(headers.get('set-cookie') ?? headers.get('x-evil'), undefined);
      equal(api.node.handle.status().height, 0);
    });
  }

  it('name the methods that there are', async () => {
    const { headers } = await exchange(
      api.url,
      'PATCH /v1/receipts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    deepEqual((headers.get('allow') ?? '').split(', ').sort(), ['GET', 'HEAD', 'POST']);
  });
});

describe('api: too much at once', () => {
  let api: ApiRig;
  beforeEach(async () => {
    api = await ApiRig.start();
  });
  afterEach(() => api.stop());

  /** The head of a POST whose body does not come. */
  async function hold(bytes: number) {
    const socket = open(api.url);
    await once(socket, 'connect');
    socket.write(
      `POST /v1/receipts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n{`,
    );
    return socket;
  }

  /** Asks until the answer is the one that is expected: what other connections do is seen a moment later. */
  async function until(status: number, ask: () => Promise<{ readonly status: number }>): Promise<void> {
    for (let tries = 0; (await ask()).status !== status; tries++) {
      if (tries === 1000) throw new Error(`no answer ${status} came`);
    }
  }

  it('of bodies: more of them are told to come back, and reading goes on', async () => {
    const sockets = await Promise.all(
      Array.from({ length: API_BODIES_BYTES_MAX / API_BODY_BYTES_MAX }, () => hold(API_BODY_BYTES_MAX)),
    );
    await until(429, () => api.post('/v1/receipts', BODY));
    const response = await fetch(`${api.url}/v1/receipts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: BODY,
    });
    deepEqual([response.status, response.headers.get('retry-after')], [429, '1']);
    await response.arrayBuffer();
    equal((await api.get('/v1/status')).status, 200);
    for (const socket of sockets) socket.destroy();
    await until(201, () => api.post('/v1/receipts', BODY));
  });

  it('of requests', async () => {
    const sockets = await Promise.all(Array.from({ length: API_REQUESTS_MAX }, () => hold(100)));
    await until(429, () => api.get('/v1/status'));
    for (const socket of sockets) socket.destroy();
    await until(200, () => api.get('/v1/status'));
  });

  it('of exports', async () => {
    // Nobody reads these: each waits for its reader with the socket full.
    await api.post(
      '/v1/receipts',
      Array.from({ length: 200 }, () => ({ payload: { text: 'x'.repeat(60_000) } })),
    );
    const sockets = Array.from({ length: API_EXPORTS_MAX }, () => {
      const socket = open(api.url);
      socket.pause();
      socket.write('GET /v1/export HTTP/1.1\r\nHost: localhost\r\n\r\n');
      return socket;
    });
    const begin = async () => {
      const response = await fetch(`${api.url}/v1/export`);
      await response.body?.cancel();
      return response;
    };
    await until(429, begin);
    for (const socket of sockets) socket.destroy();
    await until(200, begin);
  });

  it('of connections: the one that has been idle longest makes room', async () => {
    const sockets = [];
    for (let i = 0; i < API_CONNECTIONS_MAX; i++) {
      const socket = open(api.url);
      sockets.push(socket);
      await once(socket, 'connect');
    }
    const oldest = sockets[0] === undefined ? undefined : answerFrom(sockets[0]);
    equal((await ask(api.url, '/v1/status')).status, 200);
    equal((await oldest)?.body, ''); // closed without a word, not timed out
    for (const socket of sockets) socket.destroy();
  });
});
