/**
 * TCP whose packets leave together. libp2p writes each piece of what it sends by itself: an encrypted packet is two calls of the system,
 * and the other side wakes up for the two bytes of its length. Here what is written in one turn of the event loop leaves in one call.
 */
import { Socket } from 'node:net';
import type { CreateListenerOptions, DialTransportOptions, MultiaddrConnection, Upgrader } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';

type TcpFactory = ReturnType<typeof tcp>;

export function gatheringTcp(): TcpFactory {
  const createTcp = tcp();
  return (components) => {
    const transport = createTcp(components);
    const dial = transport.dial.bind(transport);
    const createListener = transport.createListener.bind(transport);
    transport.dial = (address, options: DialTransportOptions) =>
      dial(address, { ...options, upgrader: gathering(options.upgrader) });
    transport.createListener = (options: CreateListenerOptions) =>
      createListener({ ...options, upgrader: gathering(options.upgrader) });
    return transport;
  };
}

/** The upgrader is the first to be handed a new connection. */
function gathering(upgrader: Upgrader): Upgrader {
  return {
    upgradeInbound: (connection, options) => upgrader.upgradeInbound(gatherWrites(connection), options),
    upgradeOutbound: (connection, options) => upgrader.upgradeOutbound(gatherWrites(connection), options),
    createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
  };
}

interface TcpConnection {
  readonly socket: Socket;
  sendData(data: Iterable<Uint8Array>): unknown;
}

function gatherWrites(connection: MultiaddrConnection): MultiaddrConnection {
  if (!isTcpConnection(connection)) return connection;
  const { socket } = connection;
  const sendData = connection.sendData.bind(connection);
  let corked = false;
  connection.sendData = (data) => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(() => {
        corked = false;
        socket.uncork();
      });
    }
    return sendData(data);
  };
  return connection;
}

function isTcpConnection(connection: MultiaddrConnection): connection is MultiaddrConnection & TcpConnection {
  return 'socket' in connection && connection.socket instanceof Socket && 'sendData' in connection;
}
