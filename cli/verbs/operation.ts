import type { Command } from "commander";
import { type ChangeFlags, addChangeFlags } from "../flags.ts";
import { listAll, show } from "../operation/look.ts";
import { takeUp } from "../operation/take-up.ts";
import { unlock } from "../operation/unlock.ts";
import type { Run } from "../session.ts";

/** What takes more than one transaction, and was left behind: finished or taken back by anyone. */
export function declare(command: Command, run: Run): void {
  command
    .command("list")
    .description("What is under way, what was left behind, and the last that have ended.")
    .action(() => run(listAll));
  named(command, "show", "How far one has come, step by step, and what can be done about it.").action((id: string) => run((session) => show(session, id)));
  addChangeFlags(named(command, "resume", "Finish what was left behind. Of two at once one does it. --override writes over what a hand has changed meanwhile."), { waits: true, overrides: true }).action(
    (id: string, flags: ChangeFlags) => run((session) => takeUp(session, "resume", id, flags)),
  );
  addChangeFlags(named(command, "abort", "Take back what it did, verdicts too; history says so. What a rollback has taken out of it since stays. --override writes over what a hand has changed meanwhile."), { waits: true, overrides: true }).action(
    (id: string, flags: ChangeFlags) => run((session) => takeUp(session, "abort", id, flags)),
  );
  addChangeFlags(named(command, "unlock", "Take the lock from a program that hangs, after saying whose it is and since when. One that was killed lets go by itself within 20 s."), { waits: false, overrides: false }).action(
    (id: string, flags: ChangeFlags) => run((session) => unlock(session, id, flags)),
  );
}

function named(command: Command, name: string, description: string): Command {
  return command.command(name).description(description).argument("<operation>", "as `rollpin operation list` shows it");
}
