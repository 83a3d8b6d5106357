/** Completion for fish 3 and later. */
import type { Place, Value } from './places.ts';

export function fishScript(places: readonly Place[]): string {
  const commands = places.filter(({ path }) => path.includes(' ')).map(({ path }) => `"${path}"`);
  return `function __tessrax_at
  set -l at tessrax
  for word in (commandline -opc)[2..]
    contains -- "$at $word" ${commands.join(' ')}; and set at "$at $word"
  end
  test "$at" = "$argv"
end
function __tessrax_peers
  set -l dir ./tessrax-data
  set -q TESSRAX_DIR; and set dir $TESSRAX_DIR
  set -l words (commandline -opc)
  set -l named (contains -i -- --dir $words); and set dir $words[(math $named + 1)]
  string match -ra '12D3KooW[1-9A-HJ-NP-Za-km-z]{44}' < $dir/federation.json 2>/dev/null
end
complete -c tessrax -f
${places.flatMap(lines).join('\n')}
`;
}

function lines({ path, subcommands, options, values }: Place): string[] {
  const here = `complete -c tessrax -n '__tessrax_at ${path}'`;
  return [
    ...subcommands.map(({ word, about }) => `${here} -a ${word} -d '${quoted(about)}'`),
    ...options.map(({ word, short, about, value }) => {
      const names = short === undefined ? '' : ` -s ${short.slice(1)}`;
      return `${here} -l ${word.slice(2)}${names}${taken(value)} -d '${quoted(about)}'`;
    }),
    ...values.map((value) => `${here} ${offered(value)}`),
  ];
}

/** Options that take a value take no file unless it is one. */
function taken(value: Value | undefined): string {
  if (value === undefined) return '';
  return value === 'files' ? ' -r -F' : ` -x ${offered(value)}`;
}

function offered(value: Value): string {
  if (value === 'files') return '-F';
  if (value === 'folders') return "-a '(__fish_complete_directories)'";
  if (value === 'peers') return "-a '(__tessrax_peers)'";
  return value.length === 0 ? '' : `-a '${value.join(' ')}'`;
}

function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
