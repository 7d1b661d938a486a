import { Argument, type Command } from "commander";
import { grammarOf } from "../completion/grammar.ts";
import { type Shell, scriptFor, shells } from "../completion/scripts.ts";
import { EXIT, result } from "../ending.ts";
import { completionPrintable } from "../output/completion.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  command
    .description("Print a script that completes rollpin's words in a shell. For bash: source <(rollpin completion bash)")
    .addArgument(new Argument("<shell>", "the shell").choices([...shells]))
    .action((shell: Shell) =>
      // From the program itself, so that the script can't say anything else than the program does.
      run(async (session) => result(completionPrintable(shell, scriptFor(shell, grammarOf(await session.grammar()))), EXIT.done)),
    );
}
