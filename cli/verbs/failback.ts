import type { Command } from "commander";
import { planFailover } from "../../core/decide/plans/plan-routes.ts";
import { changeOne } from "../change.ts";
import { type ChangeFlags, addChangeFlags, serviceArgument } from "../flags.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .description("End a failover that was commanded: traffic goes by the routes again.")
    .argument("<service>", "the service", serviceArgument)
    .action((service: string, flags: ChangeFlags) =>
      run((session) => changeOne(session, { flags, service, history: 1, plan: (facts, context) => planFailover(facts, { service, active: false, to: undefined, override: flags.override === true }, context) })),
    );
}
