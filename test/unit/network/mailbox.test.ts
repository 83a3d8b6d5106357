import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Mailbox } from '../../../src/network/mailbox.ts';

describe('network/mailbox', () => {
  it('delivers at once when nothing else is under way', () => {
    const seen: number[] = [];
    const mailbox = new Mailbox();
    mailbox.post(() => seen.push(1));
    assert.deepEqual(seen, [1]);
  });

  it('delivers what a call posts after that call, in order', () => {
    const seen: string[] = [];
    const mailbox = new Mailbox();
    mailbox.post(() => {
      seen.push('begin');
      mailbox.post(() => seen.push('second'));
      mailbox.post(() => seen.push('third'));
      seen.push('end');
    });
    assert.deepEqual(seen, ['begin', 'end', 'second', 'third']);
  });

  it('holds back what is posted during work, also when a call does the work', async () => {
    const seen: string[] = [];
    const mailbox = new Mailbox();
    mailbox.hold(() => {
      mailbox.post(() => seen.push('posted'));
      mailbox.hold(() => mailbox.post(() => seen.push('posted deeper')));
      seen.push('work');
    });
    seen.push('returned');
    await Promise.resolve();
    assert.deepEqual(seen, ['work', 'returned', 'posted', 'posted deeper']);
    mailbox.post(() => mailbox.hold(() => mailbox.post(() => seen.push('from a call'))));
    assert.equal(seen.at(-1), 'from a call');
  });

  it('goes on after a call that throws', () => {
    const mailbox = new Mailbox();
    assert.throws(() =>
      mailbox.post(() => {
        throw new Error('handler');
      }),
    );
    let delivered = false;
    mailbox.post(() => {
      delivered = true;
    });
    assert.equal(delivered, true);
  });
});
