/** tessrax completion: what a shell needs to complete commands and options. Made from the commands themselves. */
import { Argument, type Command } from 'commander';
import { newCommand } from './command.ts';
import { writeOut } from './output.ts';

/** One command line up to where something is completed, and what may follow. */
interface Node {
  readonly path: readonly string[];
  readonly words: readonly { readonly word: string; readonly about: string }[];
}

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** @param all every command, loaded; asked for only when this one runs */
export function command(all: () => Promise<readonly Command[]>): Command {
  return newCommand('completion', 'Print a script that makes a shell complete this command.')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(tessrax completion bash)\n  tessrax completion fish > ~/.config/fish/completions/tessrax.fish',
    )
    .action(async (shell: keyof typeof SHELLS) => {
      const program = newCommand('tessrax', '');
      for (const one of [...(await all()), command(all)]) program.addCommand(one);
      await writeOut(SHELLS[shell](nodesOf(program, [])));
    });
}

function nodesOf(command: Command, path: readonly string[]): Node[] {
  const subcommands = command.commands.map((sub) => ({ word: sub.name(), about: sub.description() }));
  const options = command.options.flatMap(({ long, description }) =>
    long === undefined || long === null ? [] : [{ word: long, about: description }],
  );
  const help = { word: '--help', about: 'show this help' };
  const node = { path, words: [...subcommands, ...options, help] };
  return [node, ...command.commands.flatMap((sub) => nodesOf(sub, [...path, sub.name()]))];
}

/** Deeper commands first, so that `federation create` is met before `federation`. */
function deepestFirst(nodes: readonly Node[]): Node[] {
  return nodes.toSorted((a, b) => b.path.length - a.path.length);
}

function bashScript(nodes: readonly Node[]): string {
  const cases = deepestFirst(nodes).map(
    ({ path, words }) =>
      `    "${['tessrax', ...path].join(' ')}"*) words="${words.map(({ word }) => word).join(' ')}" ;;`,
  );
  return `_tessrax() {
  local words="" line="tessrax" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $word == -* ]] || line+=" $word"; done
  case "$line" in
${cases.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _tessrax tessrax
`;
}

function zshScript(nodes: readonly Node[]): string {
  const cases = deepestFirst(nodes).map(({ path, words }) => {
    const described = words.map(({ word, about }) => `'${word}:${zshQuoted(about)}'`).join(' ');
    return `    "${['tessrax', ...path].join(' ')}"*) options=(${described}) ;;`;
  });
  return `#compdef tessrax
_tessrax() {
  local -a options
  local line="tessrax" word
  for word in "\${words[@]:1:CURRENT-2}"; do [[ $word == -* ]] || line+=" $word"; done
  case "$line" in
${cases.join('\n')}
  esac
  _describe 'tessrax' options || _files
}
compdef _tessrax tessrax
`;
}

function fishScript(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, words }) => {
    const [parent = '', child] = path;
    const top = nodes[0]?.words.filter(({ word }) => !word.startsWith('-')).map(({ word }) => word) ?? [];
    const here =
      path.length === 0
        ? `not __fish_seen_subcommand_from ${top.join(' ')}`
        : `__fish_seen_subcommand_from ${parent}${child === undefined ? '' : `; and __fish_seen_subcommand_from ${child}`}`;
    return words.map(({ word, about }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c tessrax -n '${here}' ${what} -d '${about.replaceAll("'", "\\'")}'`;
    });
  });
  return `${lines.join('\n')}\n`;
}

function zshQuoted(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(':', '\\:');
}
