import type { Command, Option } from "commander";

/** What can be completed at one command. */
export interface CommandGrammar {
  /** The words from the program's name on, without it: `["release", "list"]`; empty for the program itself. */
  readonly path: readonly string[];
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly FlagGrammar[];
  /** Choices of the first argument, where it has some. */
  readonly argumentChoices: readonly string[];
}

export interface FlagGrammar {
  /** `--output`, and `-o` where it has one. */
  readonly names: readonly string[];
  readonly summary: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** The grammar of every command, read off the program itself. */
export function grammarOf(program: Command): readonly CommandGrammar[] {
  return walk(program, []);
}

function walk(command: Command, path: readonly string[]): readonly CommandGrammar[] {
  const here: CommandGrammar = {
    path,
    // commander adds `help` by itself; the sidecar has a main of its own (cli/entry.ts).
    subcommands: [...command.commands.map((one) => ({ name: one.name(), summary: one.summary() || one.description() })), ...(path.length === 0 ? OUTSIDE : [])],
    flags: [...command.options.filter((option) => !option.hidden).map(flagOf), { names: ["-h", "--help"], summary: "print help", takesValue: false, choices: [] }],
    argumentChoices: command.registeredArguments[0]?.argChoices ?? [],
  };
  return [here, ...command.commands.flatMap((one) => walk(one, [...path, one.name()]))];
}

const OUTSIDE = [
  { name: "help", summary: "print what a verb takes" },
  { name: "agent", summary: "run the sidecar" },
];

function flagOf(option: Option): FlagGrammar {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
    summary: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}
