import type { Command } from "commander";
import { planRestart } from "../../core/decide/plans/plan-restart.ts";
import type { AskedBy, AskedSpec } from "../change-spec.ts";
import { change } from "../change.ts";
import { type ChangeFlags, addChangeFlags, eachService, trackArgument } from "../flags.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .argument("<service...>", "the services", eachService)
    .option("--track <track>", "only this group of instances", trackArgument)
    .action((services: readonly string[], flags: ChangeFlags & { track?: string }) =>
      run((session) =>
        change(session, { flags, ...specOf({ verb: "restart", services, track: flags.track, override: flags.override === true, reason: flags.reason }) }),
      ),
    );
}

export function specOf(asked: AskedBy<"restart">): AskedSpec {
  return { asked, services: asked.services, history: 1, plan: (facts, context) => planRestart(facts, asked, context) };
}
