/** The child's side: its argument, and the commands of its parent. */
import type { Config } from '../../src/config.ts';
import { describeError, TessraxError } from '../../src/core/errors.ts';
import { type Fields, isFields } from '../child.ts';

/** The argument that the parent gave. It wrote it from the same types, so its shape is not checked again. */
export function readArgument<T extends { readonly config: Config }>(): T {
  return JSON.parse(process.argv[2] ?? '');
}

export function tell(event: string, fields: Fields = {}): void {
  process.send?.({ event, ...fields });
}

/** Answers commands until `stop`, or until the parent is gone. A command's answer is its own event. */
export function serve(
  commands: Readonly<Record<string, (argument: Fields) => Promise<Fields>>>,
  stop: () => Promise<void>,
): void {
  const end = (): void => {
    process.removeAllListeners('message');
    process.removeAllListeners('disconnect');
    stop().then(() => {
      if (process.connected) process.disconnect();
    }, fail);
  };
  process.once('disconnect', end);
  process.on('message', (message) => {
    if (!isFields(message)) return;
    const command = String(message['command']);
    if (command === 'stop') return end();
    const handler = commands[command];
    if (handler === undefined) return fail(new TessraxError('bench_command', `no command "${command}"`));
    handler(message).then((fields) => tell(command, fields), fail);
  });
}

export function fail(error: unknown): void {
  process.stderr.write(`bench: ${describeError(error)}\n`);
  process.exit(1);
}
