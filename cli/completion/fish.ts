import type { CommandGrammar, FlagGrammar } from "./grammar.ts";

/** For fish: one `complete` a word, each under the condition that the commands before it were typed. */
export function fishScript(grammar: readonly CommandGrammar[]): string {
  const lines = grammar.flatMap((command) => [...subcommandLines(command, grammar), ...flagLines(command)]);
  return `# fish completion for rollpin, made by: rollpin completion fish\ncomplete -c rollpin -f\n${lines.join("\n")}\n`;
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** All words of the path were typed, and none of the subcommands that could follow it. */
function condition(path: readonly string[], following: readonly string[]): string {
  const typed = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const open = following.length === 0 ? [] : [`not __fish_seen_subcommand_from ${following.join(" ")}`];
  return [...typed, ...open].join("; and ");
}

function subcommandLines({ path, subcommands, argumentChoices }: CommandGrammar, grammar: readonly CommandGrammar[]): readonly string[] {
  const following = grammar.find((one) => one.path.join(" ") === path.join(" "))?.subcommands.map(({ name }) => name) ?? [];
  const when = condition(path, following);
  const guard = when === "" ? "" : ` -n ${quoted(when)}`;
  return [
    ...subcommands.map(({ name, summary }) => `complete -c rollpin${guard} -a ${quoted(name)} -d ${quoted(summary)}`),
    ...(argumentChoices.length === 0 ? [] : [`complete -c rollpin${guard} -a ${quoted(argumentChoices.join(" "))}`]),
  ];
}

function flagLines({ path, flags }: CommandGrammar): readonly string[] {
  const when = condition(path, []);
  return flags.map((flag) => `complete -c rollpin${when === "" ? "" : ` -n ${quoted(when)}`}${namesOf(flag)}${valueOf(flag)} -d ${quoted(flag.summary)}`);
}

function namesOf({ names }: FlagGrammar): string {
  return names.map((name) => (name.startsWith("--") ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`)).join("");
}

function valueOf({ takesValue, choices }: FlagGrammar): string {
  if (!takesValue) return "";
  return choices.length === 0 ? " -r -F" : ` -x -a ${quoted(choices.join(" "))}`;
}
