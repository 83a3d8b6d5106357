/** The log of a running node on standard error: short lines on a terminal, JSON lines (pino) for everything else. */
import pino from 'pino';
import type { Log } from '../ports.ts';
import { printable } from './output.ts';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LEVELS)[number];
type Fields = Readonly<Record<string, unknown>>;

export function createNodeLog(level: LogLevel): Log {
  return process.stderr.isTTY ? terminalLog(level) : jsonLog(level);
}

function jsonLog(level: LogLevel): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

function terminalLog(level: LogLevel): Log {
  const write = (name: LogLevel, message: string, fields: Fields = {}): void => {
    if (LEVELS.indexOf(name) < LEVELS.indexOf(level)) return;
    const values = Object.entries(fields).map(
      ([field, value]) => `${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    const time = new Date().toISOString().slice(11, 19);
    process.stderr.write(`${time} ${name.padEnd(5)} ${printable([message, ...values].join(' '))}\n`);
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  };
}
