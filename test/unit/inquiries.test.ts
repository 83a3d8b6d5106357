import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { Candidate } from '../../src/core/entry/examine.ts';
import { admit, emptyHead } from '../../src/core/ledger/admission.ts';
import { type Checkpoint, checkpointOf } from '../../src/core/ledger/ledger.ts';
import { DELTAS_IN_FLIGHT_MAX, INQUIRIES_COUNT_MAX } from '../../src/core/limits.ts';
import { EMPTY_ROOT } from '../../src/core/merkle/hash.ts';
import { runOf, syncEventDraft } from '../../src/core/sync/delta.ts';
import { decodeMessage, encodeMessage, type Outgoing } from '../../src/core/sync/messages.ts';
import { Inquiries } from '../../src/inquiries.ts';
import { createInlineVerifier } from '../../src/verify/inline.ts';
import { ALICE, BOB, chain, FEDERATION, receipts } from './core/fixtures.ts';
import { SilentNetwork } from './node-rig.ts';

const SENT = receipts(ALICE, 30);
const JOURNAL = chain(
  BOB,
  SENT.map((entry) => syncEventDraft(ALICE.peer, [[entry]])),
  'journal',
);
const DONE: Outgoing = { kind: 'end', status: 'done' };

/** A peer that answers each question with these frames, one turn later. */
class Answering extends SilentNetwork {
  readonly asked: ReturnType<typeof decodeMessage>[] = [];
  readonly ends: string[] = [];
  inquiries: Inquiries | undefined;
  readonly #frames: readonly Uint8Array[];

  constructor(frames: readonly Uint8Array[]) {
    super();
    this.#frames = frames;
  }
  override open(stream = 0, _peer = '', frame: Uint8Array = new Uint8Array()): void {
    this.asked.push(decodeMessage(frame));
    for (const answer of this.#frames) queueMicrotask(() => this.inquiries?.frame(stream, answer));
  }
  override close(): void {
    this.ends.push('closed');
  }
  override abort(_stream?: number, code = ''): void {
    this.ends.push(code);
  }
}

function asking(...answers: readonly (Outgoing | Uint8Array)[]) {
  const network = new Answering(answers.map((each) => (each instanceof Uint8Array ? each : encodeMessage(each))));
  const inquiries = new Inquiries({ network, verifier: createInlineVerifier(), federation: FEDERATION });
  network.inquiries = inquiries;
  return { network, inquiries };
}

function entries(...runs: readonly (readonly Candidate[])[]): Outgoing {
  return { kind: 'entries', runs: runs.flatMap((run) => runOf(run)) };
}

function signedTo(size: number): Checkpoint {
  return checkpointOf(admit(emptyHead(BOB.peer, 'journal'), JOURNAL.slice(0, size), Number.POSITIVE_INFINITY).head);
}

const all = { origin: BOB.peer, from: 0, to: 30 };

describe('asking a peer for its journal', () => {
  it('gives its entries, verified, in whatever frames they come', async () => {
    const { network, inquiries } = asking(entries(JOURNAL.slice(0, 12)), entries(JOURNAL.slice(12)), DONE);
    const part = await inquiries.journal(all, undefined);
    deepEqual(
      part.entries.map(({ seq }) => seq),
      JOURNAL.map(({ seq }) => seq),
    );
    equal(part.rootChecked, false);
    deepEqual(network.ends, ['closed']);
    deepEqual(
      network.asked.map((message) => (message.kind === 'ranges_request' ? [message.log, message.ranges] : [])),
      [['journal', [all]]],
    );
  });

  it('holds them against the root that the peer signed, where it can', async () => {
    for (const size of [0, 20, 30]) {
      const { inquiries } = asking(entries(JOURNAL), DONE);
      equal((await inquiries.journal(all, signedTo(size))).rootChecked, true, `${size}`);
    }
    const beyond = asking(entries(JOURNAL.slice(0, 10)), DONE);
    equal((await beyond.inquiries.journal(all, signedTo(20))).rootChecked, false);
    const other = asking(entries(JOURNAL), DONE);
    const lie = { origin: BOB.peer, size: 20, root: EMPTY_ROOT };
    await rejects(other.inquiries.journal(all, lie), { code: 'journal_invalid' });
  });

  it('takes a part in the middle, and less than was asked for', async () => {
    const { inquiries } = asking(entries(JOURNAL.slice(5, 9)), DONE);
    equal((await inquiries.journal({ ...all, from: 5, to: 12 }, signedTo(30))).entries.length, 4);
    const none = asking(DONE);
    deepEqual(await none.inquiries.journal(all, undefined), { entries: [], rootChecked: false });
  });

  const [run] = runOf(JOURNAL.slice(3));
  const alices = chain(ALICE, [syncEventDraft(BOB.peer, [SENT])], 'journal');
  const shifted = JOURNAL.map((entry) => ({ ...entry, seq: entry.seq + 1 }));
  const bad: readonly (readonly [string, string, readonly (Outgoing | Uint8Array)[]])[] = [
    [
      'more entries than were asked for',
      'journal_invalid',
      [entries(JOURNAL.slice(0, 12)), entries(JOURNAL.slice(11))],
    ],
    ['entries from the middle', 'journal_invalid', [entries(JOURNAL.slice(3)), DONE]],
    ['the journal of another', 'journal_invalid', [entries(alices), DONE]],
    ['entries moved by one place', 'journal_invalid', [entries(shifted), DONE]],
    [
      'a chain with another beginning',
      'journal_invalid',
      run === undefined ? [] : [{ kind: 'entries', runs: [{ ...run, from: 0 }] }, DONE],
    ],
    [
      'more frames than an answer may have',
      'journal_invalid',
      Array.from({ length: DELTAS_IN_FLIGHT_MAX + 1 }, (_, i) => entries(JOURNAL.slice(i, i + 1))),
    ],
    ['a frontier', 'journal_invalid', [{ kind: 'frontier', more: false, checkpoints: [] }]],
    ['busy', 'peer_silent', [{ kind: 'end', status: 'busy' }]],
    ['bytes that are none', 'wire_truncated', [new Uint8Array()]],
  ];
  for (const [what, code, answers] of bad) {
    it(`refuses: ${what}`, async () => {
      const { network, inquiries } = asking(...answers);
      await rejects(inquiries.journal({ ...all, to: 30 }, undefined), { code });
      equal(network.ends.length, 1);
    });
  }

  it('refuses an entry that was changed: its signature, or its body', async () => {
    const [first] = JOURNAL;
    if (first === undefined) throw new Error('no entry');
    for (const at of [first.bytes.length - 1, 40]) {
      const bytes = Uint8Array.from(first.bytes);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      const { inquiries } = asking(
        { kind: 'entries', runs: [{ origin: BOB.peer, from: 0, prev: first.prev, entries: [{ bytes }] }] },
        DONE,
      );
      await rejects(inquiries.journal(all, undefined));
    }
  });

  it('ends when the stream does, when the node stops, and asks a bounded number at once', async () => {
    const { network, inquiries } = asking();
    const open = Array.from({ length: INQUIRIES_COUNT_MAX }, () =>
      rejects(inquiries.journal(all, undefined), { code: 'peer_silent' }),
    );
    await rejects(inquiries.journal(all, undefined), { code: 'inquiries_busy' });
    inquiries.closed(-1, 'reset');
    inquiries.stop();
    await Promise.all(open);
    equal(network.ends.length, INQUIRIES_COUNT_MAX);
    equal(inquiries.owns(-1) && !inquiries.owns(1) && !inquiries.owns(2), true);
  });
});
