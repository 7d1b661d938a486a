import { Command, type OutputConfiguration } from "commander";
import { addCommonFlags } from "./flags.ts";
import type { Ending } from "./ending.ts";
import type { Session } from "./session.ts";
import { verbs } from "./verbs.ts";

export interface ProgramOptions {
  readonly version: string;
  /** Only the verbs named here are loaded; the others are there by name and summary, for help and suggestions. Undefined: all. */
  readonly words: readonly string[] | undefined;
  readonly output: OutputConfiguration;
  /** Called by a verb's action with the command that was named. */
  start(leaf: Command, act: (session: Session) => Promise<Ending>): Promise<void>;
}

export async function buildProgram(options: ProgramOptions): Promise<Command> {
  const program = rootOf(options);
  let leaf: Command = program;
  program.hook("preAction", (_, action) => {
    leaf = action;
  });
  for (const { name, summary, load } of verbs) {
    const command = program.command(name).summary(summary).description(sentence(summary));
    if (options.words !== undefined && !options.words.includes(name)) continue;
    const { declare } = await load();
    declare(command, (act) => options.start(leaf, act));
  }
  everyCommand(program).forEach(addCommonFlags);
  return program;
}

/** A command and all below it. */
export function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

const AFTER_HELP = `
The sidecar: rollpin agent -c rollpin.yaml
Exit codes: 0 done, 1 our fault, 2 bad usage, 3 refused, 4 conflict, 5 not everywhere, 6 Consul`;

/** Subcommands inherit what is set here when they are made. Flags belong to the command they stand behind (positional). */
function rootOf(options: ProgramOptions): Command {
  return new Command("rollpin")
    .description("Holds every service to a version, and puts a whole fleet back on a good one with one command.")
    .usage("<verb> [arguments] [flags]")
    .version(options.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .helpCommand("help [verb]", "print what a verb takes")
    .addHelpText("after", AFTER_HELP)
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput(options.output);
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
