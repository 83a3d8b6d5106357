import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import { checkCommand } from '../../../src/cli/federation-check.ts';
import { command } from '../../../src/cli/governance.ts';
import { draftFederation } from '../../../src/core/federation/genesis.ts';
import { SharedLedger } from '../api/governance-node.ts';
import { ALICE, BOB, CAROL, MALLORY, testKey } from '../core/fixtures.ts';

const ZOE = testKey(26);

/** What a command prints, and the exit code it asks for. */
async function printed(
  built: Command,
  args: readonly string[],
): Promise<{ readonly out: string; readonly code: number }> {
  const write = process.stdout.write;
  const before = process.exitCode;
  let out = '';
  process.stdout.write = (text: string | Uint8Array) => {
    out += text;
    return true;
  };
  try {
    process.exitCode = undefined;
    await built.parseAsync([...args], { from: 'user' });
    return { out, code: Number(process.exitCode ?? 0) };
  } finally {
    process.stdout.write = write;
    process.exitCode = before;
  }
}

describe('tessrax governance', () => {
  const ledger = new SharedLedger();
  const apis = new Map<string, FastifyInstance>();
  const addresses = new Map<string, string>();
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-governance-'));
    for (const key of [ALICE, BOB, CAROL]) {
      const api = ledger.api(key);
      const url = await api.listen({ host: '127.0.0.1', port: 0 });
      apis.set(key.peer, api);
      addresses.set(key.peer, url.slice('http://'.length));
    }
  });
  after(async () => {
    for (const api of apis.values()) await api.close();
    await rm(directory, { recursive: true });
  });

  async function governance(peer: string, ...args: readonly string[]): Promise<string> {
    return (await printed(command(), [...args, '--api', addresses.get(peer) ?? ''])).out;
  }

  it('proposes, votes and shows what came of it', async () => {
    const proposal = (await governance(ALICE.peer, 'propose', 'policy', 'size', '10')).slice(0, 64);
    match(await governance(ALICE.peer, 'show'), new RegExp(`${proposal} +0 +0 +policy size = 10 +this node may vote`));
    for (const key of [ALICE, BOB, CAROL])
      match(await governance(key.peer, 'vote', proposal, 'yes'), /yes in ballot 0 of epoch 0/);
    const shown = await governance(BOB.peer, 'show');
    match(shown, /^epoch +1, with witnesses and threshold of the federation file$/m);
    match(shown, /^threshold +3 of 3 witnesses certify; 3 votes decide$/m);
    match(shown, /^policies +size = 10$/m);
    match(shown, new RegExp(` 0 +3  policy size = 10  ${proposal}`));
    match(shown, /no open proposals/);
  });

  it('says who has still to declare what was adopted', async () => {
    const proposal = (await governance(ALICE.peer, 'propose', 'policy', 'size', '11')).slice(0, 64);
    ledger.certified.set(CAROL.peer, ledger.size(CAROL) + 1); // her vote is final, her declaration not yet
    for (const key of [ALICE, BOB, CAROL]) await governance(key.peer, 'vote', proposal, 'yes');
    const shown = await governance(BOB.peer, 'show');
    match(shown, new RegExp(`^proposal ${proposal} is adopted; .* 3 witnesses have declared it, .*: 2 have$`, 'm'));
    ledger.certified.delete(CAROL.peer);
    match(await governance(BOB.peer, 'show'), /^epoch +2,/m);
  });

  it('makes every kind of proposal', async () => {
    const file = join(directory, 'text.md');
    await writeFile(file, 'All of it.\n');
    const bodies = [
      ['policy', 'retention', '{"days":30}'],
      ['decision', 'Mondays', '--text', 'At ten.'],
      ['decision', 'Tuesdays', '--file', file],
      ['admit', `${ZOE.peer}@Zeta`],
      ['remove', CAROL.peer, '--threshold', '2'],
    ];
    const made: unknown[] = [];
    for (const args of bodies) {
      const { hash, seq, origin, epoch, ballot, action, ...change } = JSON.parse(
        await governance(BOB.peer, 'propose', ...args, '--json'),
      );
      ok(/^[0-9a-f]{64}$/.test(hash) && seq >= 0);
      deepEqual([origin, epoch, ballot, action], [BOB.peer, 2, 0, 'proposal']);
      made.push(change);
    }
    deepEqual(made, [
      { kind: 'policy', name: 'retention', value: { days: 30 } },
      { kind: 'decision', title: 'Mondays', text: 'At ten.' },
      { kind: 'decision', title: 'Tuesdays', text: 'All of it.' },
      { kind: 'admit', peer: ZOE.peer, organisation: 'Zeta' },
      { kind: 'remove', peer: CAROL.peer, threshold: 2 },
    ]);
    // Of three, none may lie: two of them must meet in an honest one.
    await rejects(governance(BOB.peer, 'propose', 'threshold', '1'), { code: 'proposal_refused' });
    match(await governance(ALICE.peer, 'show'), /policy retention = \{"days":30\}/);
  });

  it('is what a check looks at when no file is named', async () => {
    const args = ['--api', addresses.get(ALICE.peer) ?? ''];
    match(
      (await printed(checkCommand(), args)).out,
      /^witnesses and threshold in force, epoch [1-9]\d*\n.*quorums meet/i,
    );
    const { epoch, witnesses } = JSON.parse((await printed(checkCommand(), [...args, '--json'])).out);
    ok(epoch > 0 && witnesses > 0);
  });

  it('refuses what is typed wrongly, before anything is sent', async () => {
    for (const [args, code] of [
      [['propose', 'admit', 'zoe'], 'usage'],
      [['propose', 'policy', 'a', '{'], 'usage'],
      [['propose', 'threshold', '0'], 'commander.invalidArgument'],
      [['vote', 'abc', 'yes'], 'usage'],
      [['vote', 'ab'.repeat(32), 'maybe'], 'commander.invalidArgument'],
    ] as const) {
      await rejects(governance(ALICE.peer, ...args), { code });
    }
  });

  it('says what the node refuses', async () => {
    await rejects(governance(ALICE.peer, 'vote', 'ab'.repeat(32), 'yes'), { code: 'not_found' });
    await rejects(governance(ALICE.peer, 'propose', 'policy', 'none', 'null'), { code: 'proposal_refused' });
  });
});

describe('tessrax federation check', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-check-'));
  });
  after(() => rm(directory, { recursive: true }));

  async function check(organisations: readonly string[], threshold: number, ...args: readonly string[]) {
    const witnesses = organisations.map((organisation, i) => ({
      peer: ([ALICE, BOB, CAROL, MALLORY][i] ?? ZOE).peer,
      organisation,
    }));
    const file = join(directory, 'federation.json');
    await writeFile(file, JSON.stringify(draftFederation({ name: 'Checked', witnesses, threshold })));
    return await printed(checkCommand(), [file, ...args]);
  }

  it('is content with four organisations of one witness each', async () => {
    const { out, code } = await check(['A', 'B', 'C', 'D'], 3);
    equal(code, 0);
    deepEqual(out.split('\n'), [
      'quorums meet: any two share at least 2 witnesses, and at most 1 may be hostile',
      '3 of 4 witnesses certify; one of them may be hostile, and certification goes on',
      'certification goes on with 1 witness lost; the loss of 2 halts it, until one is back',
      'no organisation can halt certification, or forge it, by itself',
      '',
    ]);
  });

  it('names the organisation on which all depends', async () => {
    const { out } = await check(['A', 'A', 'A', 'B'], 3);
    match(
      out,
      /^A \(3 of 4\) certifies alone; can have two branches .+; halts certification when it is lost, or refuses$/m,
    );
    match((await check(['A', 'B'], 2)).out, /the loss of any witness halts certification/);
  });

  it('has exit code 1 when quorums need not meet, and says what would be enough', async () => {
    const { out, code } = await check(['A', 'B', 'C', 'D'], 2);
    equal(code, 1);
    match(
      out,
      /^QUORUMS NEED NOT MEET: two of them may share no witness; make a federation file with a threshold of at least 3$/m,
    );
  });

  it('prints all of it as JSON', async () => {
    const { out, code } = await check(['A', 'A', 'B', 'C', 'D'], 4, '--json');
    equal(code, 0);
    const { organisations, ...figures } = JSON.parse(out);
    deepEqual(figures, {
      quorums_intersect: true,
      witnesses: 5,
      threshold: 4,
      hostile_max: 1,
      shared_min: 3,
      losses_max: 1,
      lives_with_hostile: true,
    });
    deepEqual(
      [organisations[0].name, organisations[0].halts, organisations[0].is_quorum, organisations[0].can_fork],
      ['A', true, false, false],
    );
  });
});
