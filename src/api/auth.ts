/** The bearer token that writing needs when the API can be reached from elsewhere. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { sha256 } from '#sha256';
import { TessraxError } from '../core/errors.ts';
import type { Log } from '../ports.ts';

const TOKEN_BYTES = 32;
const TOKEN_LENGTH_MIN = 32;

/** Refuses every request that may change something and does not carry the token. The token itself is never logged. */
export async function requireToken(app: FastifyInstance, tokenFile: string, log: Log): Promise<void> {
  const expected = sha256(await readToken(tokenFile, log));
  app.addHook('onRequest', async (request) => {
    if (request.method === 'GET' || request.method === 'HEAD') return;
    const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(sha256(given), expected)) return;
    throw new TessraxError('unauthorized', 'writing needs the bearer token of this node', {
      remedy: 'send "Authorization: Bearer TOKEN" with the content of the node’s api.token file',
    });
  });
}

async function readToken(path: string, log: Log): Promise<string> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new TessraxError('token_permissions', `others can read ${path}`, { remedy: `chmod 600 ${path}` });
    }
    const token = (await readFile(path, 'utf8')).trim();
    if (token.length >= TOKEN_LENGTH_MIN) return token;
    throw new TessraxError('token_invalid', `the token in ${path} has fewer than ${TOKEN_LENGTH_MIN} characters`, {
      remedy: 'delete the file; the next start makes a new one',
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return await makeToken(path, log);
  }
}

async function makeToken(path: string, log: Log): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${token}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  log.info('made a token for writing to the API', { file: path });
  return token;
}
