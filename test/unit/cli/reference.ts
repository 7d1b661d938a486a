/** docs/reference/cli.md, read off the program. */
import type { Command } from "commander";
import { everyCommand } from "../../../cli/program.ts";

export function renderReference(program: Command): string {
  const commands = everyCommand(program).filter((command) => command.commands.length === 0);
  return [
    "# Commands",
    "",
    "Made from the program itself: `UPDATE_DOCS=1 npx vitest run --project unit test/unit/cli/docs.test.ts`; a test holds the two together.",
    "What verbs print is in [output.md](output.md), what they exit with in [exit-codes.md](exit-codes.md).",
    "",
    "Everywhere:",
    "",
    ...flagLines(program, (command) => command.options.filter(isCommon)),
    "",
    "Consul's own environment variables count too. `ROLLPIN_USER` is who history names (else the user and host).",
    "`rollpin agent -c rollpin.yaml` runs the sidecar. `rollpin agent pin <version> --local` and `rollpin agent unpin --local` are for a host whose",
    "[Consul is gone](../how-to/consul-is-gone.md).",
    "",
    ...commands.flatMap((command) => [`## ${nameOf(command)}`, "", command.description(), "", "```", `rollpin ${nameOf(command)} ${usageOf(command)}`, "```", "", ...argumentsOf(command), ...flagLines(command, own), ""]),
  ]
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trimEnd()
    .concat("\n");
}

const isCommon = (option: { readonly helpGroupHeading?: string | undefined }): boolean => option.helpGroupHeading === "Everywhere:";
const own = (command: Command) => command.options.filter((option) => !isCommon(option));

function nameOf(command: Command): string {
  return command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
}

function usageOf(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [...words, "[flags]"].join(" ");
}

function argumentsOf(command: Command): readonly string[] {
  const described = command.registeredArguments.filter((argument) => argument.description !== "");
  return described.length === 0 ? [] : ["| argument | |", "| --- | --- |", ...described.map((argument) => `| \`${argument.name()}\` | ${cell(argument.description, argument.argChoices)} |`), ""];
}

function flagLines(command: Command, choose: (command: Command) => readonly Command["options"][number][]): readonly string[] {
  const options = choose(command);
  if (options.length === 0) return [];
  return ["| flag | |", "| --- | --- |", ...options.map((option) => `| \`${option.flags}\` | ${cell(option.description, option.argChoices)}${option.defaultValue === undefined || option.negate ? "" : ` (else \`${String(option.defaultValue)}\`)`} |`)];
}

function cell(description: string, choices: readonly string[] | undefined): string {
  const words = choices === undefined ? "" : `: ${choices.map((choice) => `\`${choice}\``).join(", ")}`;
  return `${description}${words}`.replaceAll("|", "\\|");
}
