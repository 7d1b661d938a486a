import { type Result, err, ok } from "../core/model/result.ts";
import { type Failure, usage } from "./ending.ts";
import type { ChangeFlags } from "./flags.ts";
import type { Session } from "./session.ts";

/** A question can only be put where a person sits at both ends. */
function canAsk({ world }: Session): boolean {
  return world.stdin.isTerminal && world.stderr.isTerminal;
}

/** Looked at before anything is read, so that a script learns of its missing --yes every time, not only when there is something to change. */
export function refuseToGuess(session: Session, flags: ChangeFlags, what = "this changes what runs"): Result<void, Failure> {
  if (flags.yes === true || flags.dryRun === true || canAsk(session)) return ok(undefined);
  return err(usage(`${what} and nobody is there to be asked: add --yes, or --dry-run to see the plan`));
}

/** Anything but a yes is a no, and so are Ctrl-C and the end of input. */
export async function confirm(session: Session, flags: ChangeFlags, question: string): Promise<Result<void, Failure>> {
  if (flags.yes === true) return ok(undefined);
  session.world.stderr.write(`${question} [y/N] `);
  const answer = await session.world.stdin.readLine(session.signal);
  if (answer === undefined) session.world.stderr.write("\n");
  if (/^y(es)?$/i.test(answer?.trim() ?? "")) return ok(undefined);
  return err({ code: "refused", message: "declined; nothing was changed" });
}
