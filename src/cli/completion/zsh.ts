/** Completion for zsh. */
import type { Place, Value, Word } from './places.ts';

export function zshScript(places: readonly Place[]): string {
  const commands = places.filter(({ path }) => path.includes(' ')).map(({ path }) => `"${path}"`);
  return `#compdef tessrax
_tessrax_peers() {
  compadd -- \${(f)"$(grep -oE '12D3KooW[1-9A-HJ-NP-Za-km-z]{44}' "$1/federation.json" 2>/dev/null)"}
}
_tessrax() {
  local -a found
  local at="tessrax" dir="\${TESSRAX_DIR:-./tessrax-data}" before="" word previous="\${words[CURRENT-1]}"
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in (${commands.join('|')}) at+=" $word" ;; esac
    [[ $before == --dir ]] && dir="$word"
    before="$word"
  done
  # --option=value is one word
  if [[ \${words[CURRENT]} == --*=* ]]; then
    previous="\${words[CURRENT]%%=*}"
    compset -P '*='
  fi
  case "$at $previous" in
${places.flatMap(valueCases).join('\n')}
  esac
  [[ \${words[CURRENT]} == -* ]] || case "$at" in
${places.map(wordCase).join('\n')}
  esac
  (( compstate[nmatches] )) || case "$at" in
${places.map(({ path, options }) => `    ("${path}") ${described(options)} ;;`).join('\n')}
  esac
}
compdef _tessrax tessrax
`;
}

function valueCases({ path, options }: Place): string[] {
  return options.flatMap(({ word, short, value }) => {
    const names = short === undefined ? `"${path} ${word}"` : `"${path} ${word}"|"${path} ${short}"`;
    return value === undefined ? [] : [`    (${names}) ${offered(value)}; return ;;`];
  });
}

function wordCase({ path, subcommands, values }: Place): string {
  const all = subcommands.length === 0 ? values.map(offered) : [described(subcommands)];
  return `    ("${path}") ${all.length === 0 ? ':' : all.join('; ')} ;;`;
}

function offered(value: Value): string {
  if (value === 'files') return '_files';
  if (value === 'folders') return '_files -/';
  if (value === 'peers') return '_tessrax_peers "$dir"';
  return value.length === 0 ? ':' : `compadd -- ${value.join(' ')}`;
}

function described(words: readonly Word[]): string {
  return `found=(${words.map(({ word, about }) => `'${word}:${quoted(about)}'`).join(' ')}); _describe 'tessrax' found`;
}

function quoted(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(':', '\\:');
}
