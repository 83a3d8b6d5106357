/** Completion for bash 4 and later. */
import type { Place, Value } from './places.ts';

export function bashScript(places: readonly Place[]): string {
  const commands = places.filter(({ path }) => path.includes(' ')).map(({ path }) => `"${path}"`);
  return `_tessrax_peers() {
  grep -oE '12D3KooW[1-9A-HJ-NP-Za-km-z]{44}' "$1/federation.json" 2>/dev/null
}
_tessrax_files() {
  compopt -o filenames 2>/dev/null
  compgen "$1" -- "$2"
}
_tessrax() {
  local at="tessrax" dir="\${TESSRAX_DIR:-./tessrax-data}" before="" word
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  # --option=value comes as three words
  if [[ $current == "=" ]]; then current=""
  elif [[ $previous == "=" ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == "=" ]] && continue
    case "$at $word" in ${commands.join('|')}) at+=" $word" ;; esac
    [[ $before == --dir ]] && dir="$word"
    before="$word"
  done
  COMPREPLY=()
  case "$at $previous" in
${places.flatMap(valueCases).join('\n')}
  esac
  [[ $current == -* ]] || case "$at" in
${places.map(wordCase).join('\n')}
  esac
  [[ \${#COMPREPLY[@]} == 0 ]] && case "$at" in
${places.map(optionCase).join('\n')}
  esac
}
complete -F _tessrax tessrax
`;
}

function valueCases({ path, options }: Place): string[] {
  return options.flatMap(({ word, short, value }) =>
    value === undefined ? [] : [`    ${names(path, word, short)}) ${reply(value)}; return ;;`],
  );
}

function names(path: string, word: string, short: string | undefined): string {
  return short === undefined ? `"${path} ${word}"` : `"${path} ${word}"|"${path} ${short}"`;
}

function wordCase({ path, subcommands, values }: Place): string {
  const all: readonly Value[] = subcommands.length === 0 ? values : [subcommands.map(({ word }) => word)];
  return `    "${path}") ${all.length === 0 ? ':' : all.map(reply).join('; ')} ;;`;
}

function optionCase({ path, options }: Place): string {
  return `    "${path}") ${reply(options.map(({ word }) => word))} ;;`;
}

/** Adds what begins like the word under the cursor. */
function reply(value: Value): string {
  return `mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(${candidates(value)})`;
}

function candidates(value: Value): string {
  if (value === 'files') return '_tessrax_files -f "$current"';
  if (value === 'folders') return '_tessrax_files -d "$current"';
  if (value === 'peers') return 'compgen -W "$(_tessrax_peers "$dir")" -- "$current"';
  return `compgen -W "${value.join(' ')}" -- "$current"`;
}
