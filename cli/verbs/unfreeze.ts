import type { Command } from "commander";
import { planUnfreeze } from "../../core/decide/plans/plan-freeze.ts";
import { change } from "../change.ts";
import { type ChangeFlags, addChangeFlags, eachService } from "../flags.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: false, overrides: false })
    .argument("<service...>", "the services", eachService)
    .action((services: readonly string[], flags: ChangeFlags) =>
      run((session) => change(session, { flags, services, history: 1, plan: (facts, context) => planUnfreeze(facts, { services }, context) })),
    );
}
