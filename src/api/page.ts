/**
 * The dashboard: the files that `npm run build:page` made, read once when the API starts. Nothing is ever looked up on disk by a path that
 * a request names, and the page can load nothing from anywhere else.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where the built page may lie: seen from the source in a checkout, and from the same file built into the package. */
export const PAGE_FOLDERS: readonly string[] = ['../../dist/page', '../../page'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
/** Files whose names hold a hash of their content never change; the others are asked for again each time. */
const HASHED = 'assets/';
const FOREVER = 'public, max-age=31536000, immutable';

interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly caching: string;
  readonly body: Buffer;
  readonly gzip: Buffer;
}

/** Serves the first folder that exists; without one, a page that says which command builds it. */
export async function pageRoutes(app: FastifyInstance, folders: readonly string[]): Promise<void> {
  const files = await readPage(folders);
  for (const [path, file] of files) app.get(`/${path}`, (request, reply) => send(request, reply, file));
  const index = files.get('index.html') ?? pageFile('index.html', Buffer.from(NOT_BUILT));
  app.get('/', (request, reply) => send(request, reply, index));
}

function send(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  reply.headers({ ...HEADERS, etag: file.etag, 'cache-control': file.caching, vary: 'accept-encoding' });
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  reply.type(file.type);
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  return takesGzip ? reply.header('content-encoding', 'gzip').send(file.gzip) : reply.send(file.body);
}

async function readPage(folders: readonly string[]): Promise<Map<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const folder of folders) {
    for (const path of await pathsUnder(folder)) {
      if (TYPES[extname(path)] !== undefined) files.set(path, pageFile(path, await readFile(join(folder, path))));
    }
    if (files.has('index.html')) return files;
  }
  return files;
}

/** The folder and its one level of folders: what the build makes. */
async function pathsUnder(folder: string): Promise<string[]> {
  try {
    const all = await readdir(folder, { withFileTypes: true, recursive: true });
    return all
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []; // not built
    throw error;
  }
}

function pageFile(path: string, body: Buffer): PageFile {
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    caching: path.startsWith(HASHED) ? FOREVER : 'no-cache',
    body,
    gzip: gzipSync(body),
  };
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tessrax node</title>
<h1>This node runs; its dashboard is not built yet</h1>
<p>In the checkout: <code>npm run build:page</code>, then start the node again.</p>
<p>The API answers all the same: <a href="/v1/status">/v1/status</a>, <a href="/metrics">/metrics</a>.</p>
</html>
`;
