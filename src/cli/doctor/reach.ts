/** What of the network can be tried from here: own ports, and the nodes to begin with. */
import { createConnection, createServer } from 'node:net';
import type { Config } from '../../config.ts';
import { DOCTOR_ADDRESSES_MAX, DOCTOR_PROBE_MS_MAX } from '../../core/limits.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const MULTIADDR = /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)(?:\/p2p\/[^/]+)?$/;

/** @param running the node's own process holds the ports: then they are tried from outside */
export async function checkPorts(listen: readonly string[], running: boolean): Promise<Finding[]> {
  return await Promise.all(
    listen.slice(0, DOCTOR_ADDRESSES_MAX).map(async (address) => {
      const endpoint = endpointOf(address);
      if (endpoint === undefined)
        return failed('port', `${address} is no TCP address`, 'write it as /ip4/0.0.0.0/tcp/4001');
      if (endpoint.port === 0) return ok('port', `${address}: any free port`);
      const problem = running ? await connectProblem(loopbackOf(endpoint)) : await listenProblem(endpoint);
      if (problem === undefined) return ok('port', `${address} ${running ? 'answers' : 'is free'}`);
      if (running)
        return failed(
          'port',
          `${address} does not answer on this machine: ${problem}`,
          'look at the log; is another --listen in force?',
        );
      return failed(
        'port',
        `${address} cannot be listened on: ${problem}`,
        'another program has it: stop it, or choose another with --listen',
      );
    }),
  );
}

export async function checkBootstrap({ bootstrap, mdns }: Config): Promise<Finding[]> {
  if (bootstrap.length === 0) {
    const what = `the configuration names no address to begin with${mdns ? ': peers are found on this network alone' : ', and mDNS is off'}`;
    return [
      mdns ? skipped('bootstrap', what) : warning('bootstrap', what, 'nobody can be found: give one with --bootstrap'),
    ];
  }
  return await Promise.all(
    bootstrap.slice(0, DOCTOR_ADDRESSES_MAX).map(async (address) => {
      const endpoint = endpointOf(address);
      if (endpoint === undefined)
        return failed('bootstrap', `${address} is no TCP address`, 'write it as /dns4/HOST/tcp/4001');
      const problem = await connectProblem(endpoint);
      if (problem === undefined) return ok('bootstrap', `${address} answers`);
      return warning(
        'bootstrap',
        `${address} cannot be reached: ${problem}`,
        'is that node up, its port open, the name right?',
      );
    }),
  );
}

function endpointOf(address: string): Endpoint | undefined {
  const [, host, port] = MULTIADDR.exec(address) ?? [];
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}

function loopbackOf({ host, port }: Endpoint): Endpoint {
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port };
}

/** Undefined when a TCP connection comes about. */
async function connectProblem({ host, port }: Endpoint): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (problem?: string): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(DOCTOR_PROBE_MS_MAX, () => end(`no answer within ${DOCTOR_PROBE_MS_MAX / 1000} s`));
    socket.once('connect', () => end());
    socket.once('error', (error) => end(reasonOf(error)));
  });
}

async function listenProblem({ host, port }: Endpoint): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(reasonOf(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
