import type { Command } from "commander";
import { change } from "../change.ts";
import { type ChangeFlags, addChangeFlags, serviceArgument } from "../flags.ts";
import type { Run } from "../session.ts";
import { specOf } from "./failover.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .description("End a failover that was commanded: traffic goes by the routes again.")
    .argument("<service>", "the service", serviceArgument)
    .action((service: string, flags: ChangeFlags) =>
      run((session) => change(session, { flags, ...specOf({ verb: "failover", service, active: false, override: flags.override === true, reason: flags.reason }) })),
    );
}
