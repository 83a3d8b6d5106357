/** tessrax sync: waits until the node holds what its peers hold. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { TessraxError } from '../core/errors.ts';
import { STATUS_WATCH_MS } from '../core/limits.ts';
import { flagIn, numberIn, textIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand, wholeNumber } from './command.ts';
import { usageError } from './exit.ts';
import { counted, printJson, printText } from './output.ts';
import { Progress } from './progress.ts';
import { heldText, peersText, syncText } from './status.ts';

interface Options extends NodeOptions {
  readonly wait?: boolean;
  readonly timeout?: number;
}

const TIMEOUT_SECONDS_MAX = 86_400;

export function command(): Command {
  return nodeCommand('sync', 'Wait until the node has caught up: at least one peer answers, and none has more.', [
    'tessrax sync --wait --timeout 60',
  ])
    .option('--wait', 'wait for it (a node synchronises by itself, all the time: there is nothing else to ask for)')
    .option('--timeout <seconds>', 'give up after so long', wholeNumber(1, TIMEOUT_SECONDS_MAX))
    .action(sync);
}

async function sync(options: Options): Promise<void> {
  if (options.wait !== true)
    throw usageError('a node synchronises by itself', 'to wait until it has: tessrax sync --wait');
  const client = await connect(options);
  const untilMs = performance.now() + (options.timeout ?? Number.POSITIVE_INFINITY) * 1000;
  let status = await client.get('/v1/status');
  const progress = new CatchUp();
  try {
    while (!isSynced(status)) {
      progress.show(status);
      if (performance.now() >= untilMs) throw timedOut(status, options.timeout ?? 0);
      await delay(STATUS_WATCH_MS);
      status = await client.get('/v1/status');
    }
  } finally {
    progress.end();
  }
  if (options.json === true) printJson(status);
  else printText(`in sync: ${counted(numberIn(status, 'height'), 'entry', 'entries')}, root ${textIn(status, 'root')}`);
}

function isSynced(status: JsonObject): boolean {
  return numberIn(status, 'peers_agreeing') > 0 && numberIn(status, 'behind') === 0 && !flagIn(status, 'syncing');
}

/** The bar begins anew when the peers turn out to hold more than they said at first. */
class CatchUp {
  #progress: Progress | undefined;
  #total = 0;
  #from = 0;

  show(status: JsonObject): void {
    const height = numberIn(status, 'height');
    const total = height + numberIn(status, 'behind');
    if (total > this.#total) {
      this.#total = total;
      this.#from = height;
      this.#progress = new Progress('fetched', total - height);
    }
    this.#progress?.show(height - this.#from);
  }

  end(): void {
    this.#progress?.end();
  }
}

function timedOut(status: JsonObject, seconds: number): TessraxError {
  const why =
    numberIn(status, 'peers') === 0
      ? `peers: ${peersText(status)}`
      : [syncText(status), heldText(status)].filter((text) => text !== '').join('; ');
  return new TessraxError('sync_timeout', `not in sync after ${seconds} seconds: ${why}`, {
    remedy: 'tessrax peers shows who differs; tessrax doctor looks for what is in the way',
  });
}
