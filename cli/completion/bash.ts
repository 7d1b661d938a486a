import type { CommandGrammar, FlagGrammar } from "./grammar.ts";

/** For bash 3.2 and later, without the bash-completion package. */
export function bashScript(grammar: readonly CommandGrammar[]): string {
  return `# bash completion for rollpin, made by: rollpin completion bash
_rollpin() {
  local cur prev path word i skip
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev=""
  if [ "$COMP_CWORD" -gt 0 ]; then prev="\${COMP_WORDS[COMP_CWORD-1]}"; fi
  COMPREPLY=()
  path=""
  skip=""
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [ -n "$skip" ]; then skip=""; continue; fi
    case "$path $word" in
${grammar.flatMap(valueFlagCases).join("\n")}
${grammar.flatMap(subcommandCases).join("\n")}
    esac
  done
  case "$path $prev" in
${grammar.flatMap(choiceCases).join("\n")}
  esac
  if [ -n "$skip" ]; then COMPREPLY=($(compgen -f -- "$cur")); return; fi
  case "$path" in
${grammar.map(wordsCase).join("\n")}
  esac
  if [ \${#COMPREPLY[@]} -eq 0 ] && [ "\${cur#-}" = "$cur" ]; then COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -F _rollpin rollpin
`;
}

/** A path as the script keeps it: every word with a space before it. */
const keyOf = (path: readonly string[]): string => path.map((word) => ` ${word}`).join("");

/** The word after these is their value. */
function valueFlagCases({ path, flags }: CommandGrammar): readonly string[] {
  const names = flags.filter((flag) => flag.takesValue).flatMap((flag) => flag.names);
  return names.length === 0 ? [] : [`      ${names.map((name) => `"${keyOf(path)} ${name}"`).join("|")}) skip=1 ;;`];
}

function subcommandCases({ path, subcommands }: CommandGrammar): readonly string[] {
  return subcommands.length === 0 ? [] : [`      ${subcommands.map(({ name }) => `"${keyOf([...path, name])}"`).join("|")}) path="$path $word" ;;`];
}

function choiceCases({ path, flags }: CommandGrammar): readonly string[] {
  return flags.filter(hasChoices).map((flag) => `    ${flag.names.map((name) => `"${keyOf(path)} ${name}"`).join("|")}) COMPREPLY=($(compgen -W "${flag.choices.join(" ")}" -- "$cur")); return ;;`);
}

function hasChoices(flag: FlagGrammar): boolean {
  return flag.choices.length > 0;
}

function wordsCase({ path, subcommands, flags, argumentChoices }: CommandGrammar): string {
  const words = [...subcommands.map(({ name }) => name), ...argumentChoices];
  const flagWords = flags.flatMap((flag) => flag.names);
  return `    "${keyOf(path)}") if [ "\${cur#-}" != "$cur" ]; then COMPREPLY=($(compgen -W "${flagWords.join(" ")}" -- "$cur")); else COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$cur")); fi ;;`;
}
