import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { heldText } from '../../../src/cli/status.ts';
import { authorEntry } from '../../../src/core/entry/author.ts';
import { EVERYONE } from '../../../src/core/entry/types.ts';
import { emptyHead } from '../../../src/core/ledger/admission.ts';
import { FUTURE_WINDOW_MS } from '../../../src/core/limits.ts';
import { runOf, syncEventDraft } from '../../../src/core/sync/delta.ts';
import { encodeMessage } from '../../../src/core/sync/messages.ts';
import { readStatus } from '../../../web/node/answers.ts';
import { troubleOf } from '../../../web/node/trouble.ts';
import { authorOf, BOB, receipt } from '../core/fixtures.ts';
import { statementOf } from '../core/sync/harness.ts';
import { ApiRig } from '../node-rig.ts';

const AHEAD_MS = FUTURE_WINDOW_MS + 240_000;

/** What Bob pushes when he appends by such a clock. */
function pushAt(wallMs: number): Uint8Array {
  const author = authorOf(BOB);
  const entry = authorEntry(author, emptyHead(BOB.peer, 'ledger'), receipt(1), wallMs);
  const draft = syncEventDraft(EVERYONE, [[entry]]);
  const event = authorEntry(author, emptyHead(BOB.peer, 'journal'), draft, wallMs);
  return encodeMessage({ kind: 'delta', event: statementOf(event), runs: runOf([entry]) });
}

describe('an entry of a clock that is ahead', () => {
  let api: ApiRig;
  before(async () => {
    api = await ApiRig.start();
    const { runtime } = api.node;
    runtime.dispatch({ kind: 'peer_connected', peer: BOB.peer });
    const data = pushAt(Date.now() + AHEAD_MS);
    runtime.dispatch({ kind: 'gossip', topic: 'entries', from: BOB.peer, id: 'early', data });
    while (runtime.state.held.size === 0) await new Promise((resolve) => setImmediate(resolve));
  });
  after(() => api.stop());

  it('is told as held, with whose it is, until when, and why; and not as missing', async () => {
    const { json } = await api.get('/v1/status');
    const { entries, feeds, origin, until_ms: untilMs, ahead_ms: aheadMs } = Object(json['held']);
    deepEqual([json['behind'], entries, feeds, origin], [0, 1, 1, BOB.peer]);
    ok(Math.abs(untilMs - Date.now() - 240_000) < 60_000 && aheadMs > FUTURE_WINDOW_MS && aheadMs <= AHEAD_MS);
    equal((await api.get('/readyz')).status, 200);
    match((await api.get('/metrics')).text, /^federation_entries_held 1$/m);
  });

  it('is told to people, in the terminal and on the page', async () => {
    const { text } = await api.get('/v1/status');
    const status = JSON.parse(text);
    const line = new RegExp(
      `^1 entry held until \\d\\d:\\d\\d:\\d\\d UTC: the clock of ${BOB.peer} is ahead by 5[34]\\d s$`,
    );
    match(heldText(status), line);
    const seen = { status: readStatus(status), members: [{ peer: BOB.peer, name: 'Beta' }] };
    match(troubleOf(seen), /^1 entry held until \d\d:\d\d:\d\d: the clock of Beta is ahead by 5[34]\d s$/);
    const many = { ...status, held: { ...status.held, entries: 1234, feeds: 3 } };
    match(heldText(many), /^1,234 entries held until .*: the clocks of 3 nodes are ahead by 5[34]\d s$/);
  });
});
