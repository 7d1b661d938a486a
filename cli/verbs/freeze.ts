import { type Command, Option } from "commander";
import { isoTime } from "../../core/clock.ts";
import { durationWithin } from "../../core/config/values.ts";
import { planFreeze } from "../../core/decide/plans/plan-freeze.ts";
import { change } from "../change.ts";
import { type ChangeFlags, addChangeFlags, argument, eachService } from "../flags.ts";
import type { Run } from "../session.ts";

/** Ten years: whoever means longer means for good. */
const LONGEST_MS = 3650 * 86_400_000;

interface FreezeFlags extends ChangeFlags {
  readonly scope: "forward" | "all";
  /** Milliseconds. */
  readonly for?: number;
}

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: false, overrides: false })
    .argument("<service...>", "the services", eachService)
    .addOption(new Option("--scope <scope>", "what it stops: `forward` lets rollbacks pass, `all` lets nothing pass").choices(["forward", "all"]).default("forward"))
    .option("--for <duration>", "ends by itself after this, such as 2h", argument(durationWithin(1, LONGEST_MS)))
    .action((services: readonly string[], flags: FreezeFlags) =>
      run((session) =>
        change(session, {
          flags,
          services,
          history: 1,
          plan: (facts, context) => {
            const until = flags.for === undefined ? undefined : isoTime(context.now + flags.for);
            return planFreeze(facts, { services, scope: flags.scope, until, reason: flags.reason }, context);
          },
        }),
      ),
    );
}
