import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { pageRoutes } from '../../../src/api/page.ts';

const INDEX = '<!doctype html><title>a page</title>';
const SCRIPT = 'export const answer = 42;';

describe('api: the dashboard’s files', () => {
  let directory: string;
  let app: FastifyInstance;
  let url: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-page-'));
    await mkdir(join(directory, 'page/assets'), { recursive: true });
    await writeFile(join(directory, 'page/index.html'), INDEX);
    await writeFile(join(directory, 'page/assets/main-abc123.js'), SCRIPT);
    await writeFile(join(directory, 'page/notes.txt'), 'not for the page');
    await writeFile(join(directory, 'secret.js'), 'outside');
    [app, url] = await serve([join(directory, 'missing'), join(directory, 'page')]);
  });
  after(async () => {
    await app.close();
    await rm(directory, { recursive: true });
  });

  async function serve(folders: readonly string[]): Promise<[FastifyInstance, string]> {
    const server = Fastify();
    await pageRoutes(server, folders);
    return [server, await server.listen({ host: '127.0.0.1', port: 0 })];
  }

  it('gives the page at /, under a policy that lets it load nothing from elsewhere', async () => {
    const answer = await fetch(url);
    equal(await answer.text(), INDEX);
    const policy = (answer.headers.get('content-security-policy') ?? '').split('; ');
    for (const part of ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"])
      ok(policy.includes(part), part);
    ok(!policy.some((part) => part.includes('unsafe')));
    equal(answer.headers.get('x-content-type-options'), 'nosniff');
    equal(answer.headers.get('referrer-policy'), 'no-referrer');
    equal(answer.headers.get('cache-control'), 'no-cache');
    equal(answer.headers.get('access-control-allow-origin'), null);
  });

  it('gives files with a hash in their name for ever, compressed for who takes that', async () => {
    const answer = await fetch(`${url}/assets/main-abc123.js`);
    equal(await answer.text(), SCRIPT);
    equal(answer.headers.get('content-type'), 'text/javascript; charset=utf-8');
    equal(answer.headers.get('content-encoding'), 'gzip');
    match(answer.headers.get('cache-control') ?? '', /immutable/);
    const raw = await fetch(`${url}/assets/main-abc123.js`, { headers: { 'accept-encoding': 'identity' } });
    deepEqual([raw.headers.get('content-encoding'), await raw.text()], [null, SCRIPT]);
  });

  it('answers 304 to who has the file', async () => {
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    const again = await fetch(url, { headers: { 'if-none-match': etag } });
    deepEqual([again.status, await again.text()], [304, '']);
    equal((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status, 200);
  });

  /** As it is written: `fetch` would tidy the path up before sending it. */
  async function statusOfRaw(path: string): Promise<number | undefined> {
    const answered = Promise.withResolvers<number | undefined>();
    request(url, { path }, (answer) => {
      answer.resume();
      answered.resolve(answer.statusCode);
    })
      .on('error', answered.reject)
      .end();
    return await answered.promise;
  }

  for (const path of [
    '/notes.txt',
    '/secret.js',
    '/../secret.js',
    '/assets/../../secret.js',
    '/%2e%2e/secret.js',
    '/..%2fsecret.js',
    '/assets/..%2f..%2fsecret.js',
    '/assets\\..\\..\\secret.js',
    '//secret.js',
    '/assets/',
    '/index.html%00.js',
  ]) {
    it(`has nothing at ${path}`, async () => equal(await statusOfRaw(path), 404));
  }

  it('says which command builds the page when nobody did', async () => {
    const [other, address] = await serve([join(directory, 'missing')]);
    const answer = await fetch(address);
    match(await answer.text(), /npm run build:page/);
    equal(answer.status, 200);
    await other.close();
  });
});
