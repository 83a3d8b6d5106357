import { deepEqual, equal, match } from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ALICE } from '../core/fixtures.ts';
import { cleanEnvironment, run } from './run.ts';

const execute = promisify(execFile);

/** What the real shells offer to who presses Tab at the end of a line: for each argument what is offered, and a line with a dot. */
const PRESS_TAB: Readonly<Record<string, readonly string[]>> = {
  bash: [
    '--norc',
    '-c',
    `source completion.bash
for line; do
  read -ra COMP_WORDS <<< "$line"
  [[ $line == *" " ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]}-1))
  _tessrax
  printf '%s\\n' "\${COMPREPLY[@]}" .
done`,
    'bash',
  ],
  fish: [
    '-N',
    '-c',
    String.raw`source completion.fish; for line in $argv; complete -C $line | string replace -r '\t.*' ''; echo .; end`,
  ],
  // It completes only where somebody types: in a terminal. What the line is then is all that can be seen.
  zsh: [
    '-f',
    '-c',
    `zmodload zsh/zpty
zpty typed zsh -f -i
zpty -w typed 'PS1=; autoload -Uz compinit; compinit -u -D; source completion.zsh; print "it is "ready'
zpty -r -m typed text '*it is ready*'
zpty -w typed 'tab() { zle complete-word; print -r -- "[line:\${BUFFER}]:end"; BUFFER= }; zle -N tab; bindkey "^I" tab; print "it is "bound'
zpty -r -m typed text '*it is bound*'
for line; do
  zpty -w -n typed "$line"$'\\t'
  zpty -r -m typed text '*\\]:end*'
  text="\${\${text##*line:}%%\\]:end*}"
  [[ "\${text% }" == "\${line% }" ]] || print -r -- "\${text##"\${line% *} "}"
  print .
done`,
    'zsh',
  ],
};

const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['tessrax gov', ['governance']],
  ['tessrax governance v', ['vote']],
  ['tessrax federation sh', ['show']],
  ['tessrax status --w', ['--watch']],
  ['tessrax start --dht ', ['lan', 'off', 'public']],
  ['tessrax start --log-level d', ['debug']],
  ['tessrax governance vote 4f2d ', ['no', 'yes']],
  ['tessrax append --wait f', ['final']],
  ['tessrax log --type SC', ['SCAR']],
  ['tessrax export --out led', ['ledger.jsonl']],
  ['tessrax verify led', ['ledger.jsonl']],
  ['tessrax log --origin 12', [ALICE.peer]],
  ['tessrax revoke --dir other 12', []],
  ['tessrax log --limit ', []],
];

describe('tessrax completion', function () {
  this.timeout(30_000); // a shell for each
  let cwd = '';
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'tessrax-completion-'));
    await mkdir(join(cwd, 'tessrax-data'));
    await writeFile(join(cwd, 'tessrax-data/federation.json'), JSON.stringify({ witnesses: [ALICE.peer] }));
    await writeFile(join(cwd, 'ledger.jsonl'), '');
    for (const shell of Object.keys(PRESS_TAB)) {
      const { code, out } = await run(['completion', shell]);
      equal(code, 0);
      await writeFile(join(cwd, `completion.${shell}`), out);
    }
  });
  after(() => rm(cwd, { recursive: true }));

  for (const [shell, script] of Object.entries(PRESS_TAB)) {
    it(`completes commands, options, values, files and peers in ${shell}`, async function () {
      if (shell !== 'bash' && spawnSync(shell, ['--version']).status !== 0) {
        console.log(`      skipped: ${shell} is not installed`);
        this.skip();
      }
      const lines = CASES.map(([line]) => line);
      const { stdout } = await execute(shell, [...script, ...lines], { cwd, env: cleanEnvironment(), timeout: 20_000 });
      const offered = stdout.split(/^\.\n/m).map((text) =>
        text
          .split('\n')
          .map((word) => word.trim())
          .filter((word) => word !== ''),
      );
      // Several candidates change nothing in a line: zsh lists them below it.
      const seen = CASES.map(([line, words]) => [line, shell === 'zsh' && words.length > 1 ? [] : words]);
      deepEqual(
        lines.map((line, i) => [line, offered[i]?.toSorted()]),
        seen,
      );
    });
  }

  it('knows no other shell', async () => {
    const { code, err } = await run(['completion', 'tcsh']);
    equal(code, 2);
    match(err, /Allowed choices are bash, zsh, fish/);
  });
});
