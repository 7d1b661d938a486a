import { Argument, type Command } from "commander";
import { grammarOf } from "../completion/grammar.ts";
import { type Shell, scriptFor, shells } from "../completion/scripts.ts";
import { EXIT, result } from "../ending.ts";
import { completionPrintable } from "../output/completion.ts";
import { buildProgram } from "../program.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  command
    .description("Print a script that completes rollpin's words in a shell. For bash: source <(rollpin completion bash)")
    .addArgument(new Argument("<shell>", "the shell").choices([...shells]))
    .action((shell: Shell) =>
      run(async () => {
        // The whole program, every verb loaded, so that the script can't say anything else than the program does.
        const program = await buildProgram({ version: "", words: undefined, output: {}, start: () => Promise.resolve() });
        return result(completionPrintable(shell, scriptFor(shell, grammarOf(program))), EXIT.done);
      }),
    );
}
