import type { CommandGrammar } from "./grammar.ts";

/** For zsh: words with what they mean, by the path of commands typed so far. */
export function zshScript(grammar: readonly CommandGrammar[]): string {
  return `#compdef rollpin
# zsh completion for rollpin, made by: rollpin completion zsh
_rollpin() {
  local cur="\${words[CURRENT]}" prev="\${words[CURRENT-1]}" at="" word skip="" i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    if [[ -n "$skip" ]]; then skip=""; continue; fi
    case "$at $word" in
${grammar.flatMap(valueFlagCases).join("\n")}
${grammar.flatMap(subcommandCases).join("\n")}
    esac
  done
  case "$at $prev" in
${grammar.flatMap(choiceCases).join("\n")}
  esac
  if [[ -n "$skip" ]]; then _files; return; fi
  case "$at" in
${grammar.map(wordsCase).join("\n")}
  esac
  if (( \${#found} )); then _describe -t words rollpin found; else _files; fi
}
if [[ "\${funcstack[1]}" = _rollpin ]]; then _rollpin "$@"; else compdef _rollpin rollpin; fi
`;
}

const keyOf = (path: readonly string[]): string => path.map((word) => ` ${word}`).join("");

/** In single quotes, with the colon that parts a word from its meaning escaped. */
const item = (word: string, summary: string): string => `'${word.replaceAll(":", "\\:")}:${summary.replaceAll("'", "'\\''").replaceAll(":", "\\:")}'`;

function valueFlagCases({ path, flags }: CommandGrammar): readonly string[] {
  const names = flags.filter((flag) => flag.takesValue).flatMap((flag) => flag.names);
  return names.length === 0 ? [] : [`      ${names.map((name) => `"${keyOf(path)} ${name}"`).join("|")}) skip=1 ;;`];
}

function subcommandCases({ path, subcommands }: CommandGrammar): readonly string[] {
  return subcommands.length === 0 ? [] : [`      ${subcommands.map(({ name }) => `"${keyOf([...path, name])}"`).join("|")}) at="$at $word" ;;`];
}

function choiceCases({ path, flags }: CommandGrammar): readonly string[] {
  return flags
    .filter((flag) => flag.choices.length > 0)
    .map((flag) => `    ${flag.names.map((name) => `"${keyOf(path)} ${name}"`).join("|")}) found=(${flag.choices.map((choice) => `'${choice}'`).join(" ")}); _describe -t values value found; return ;;`);
}

function wordsCase({ path, subcommands, flags, argumentChoices }: CommandGrammar): string {
  const words = [...subcommands.map(({ name, summary }) => item(name, summary)), ...argumentChoices.map((choice) => `'${choice}'`)];
  const flagWords = flags.flatMap((flag) => flag.names.map((name) => item(name, flag.summary)));
  return `    "${keyOf(path)}") if [[ "$cur" == -* ]]; then found=(${flagWords.join(" ")}); else found=(${words.join(" ")}); fi ;;`;
}
