import type { Command } from "commander";
import { planMode } from "../core/decide/plans/plan-mode.ts";
import type { Mode } from "../core/model/records.ts";
import { change } from "./change.ts";
import { type ChangeFlags, addChangeFlags, eachService } from "./flags.ts";
import type { Run } from "./session.ts";

/** The verbs that say how far agents go differ in that one word. */
export function declareMode(command: Command, run: Run, mode: Mode): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .argument("<service...>", "the services", eachService)
    .action((services: readonly string[], flags: ChangeFlags) =>
      run((session) => change(session, { flags, services, history: 1, plan: (facts, context) => planMode(facts, { mode, override: flags.override === true }, context) })),
    );
}
