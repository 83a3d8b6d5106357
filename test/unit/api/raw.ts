/** Requests as bytes: what no well-behaved client sends. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The problem document in the body; empty when it holds something else. */
  readonly problem: Readonly<Record<string, unknown>>;
}

export function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
}

/** Sends the text and reads until the server closes. */
export async function exchange(url: string, text: string | Uint8Array): Promise<RawAnswer> {
  const socket = open(url);
  socket.write(text);
  return await answerFrom(socket);
}

/** A GET with these headers, and nothing that is not asked for. */
export async function ask(url: string, path: string, headers: readonly string[] = []): Promise<RawAnswer> {
  const { host } = new URL(url);
  const named = headers.some((header) => /^host:/i.test(header)) ? headers : [`Host: ${host}`, ...headers];
  return await exchange(url, `GET ${path} HTTP/1.1\r\n${named.join('\r\n')}\r\nConnection: close\r\n\r\n`);
}

export async function answerFrom(socket: Socket): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined); // a reset after the answer: what came is looked at
    socket.on('close', () => resolve());
  });
  const text = Buffer.concat(chunks).toString('utf8');
  const [head = '', body = ''] = split(text, '\r\n\r\n');
  const [line = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((each) => [split(each, ':')[0]?.toLowerCase() ?? '', (split(each, ':')[1] ?? '').trim()]),
  );
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true;
  return { status: Number(line.split(' ')[1]), headers, body, problem: isProblem ? JSON.parse(body) : {} };
}

function split(text: string, at: string): string[] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + at.length)];
}
