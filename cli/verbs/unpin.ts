import type { Command } from "commander";
import { planUnpin } from "../../core/decide/plans/plan-pin.ts";
import { STABLE } from "../../core/model/names.ts";
import type { AskedBy, AskedSpec } from "../change-spec.ts";
import { change, forOne } from "../change.ts";
import { type ChangeFlags, addChangeFlags, serviceArgument, trackArgument } from "../flags.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .argument("<service>", "the service", serviceArgument)
    .option("--track <track>", "which group of instances", trackArgument, STABLE)
    .action((service: string, flags: ChangeFlags & { track: string }) =>
      run((session) =>
        change(session, { flags, ...specOf({ verb: "unpin", service, track: flags.track, override: flags.override === true, reason: flags.reason }) }),
      ),
    );
}

export function specOf(asked: AskedBy<"unpin">): AskedSpec {
  return { asked, services: [asked.service], history: 1, plan: forOne((facts, context) => planUnpin(facts, asked, context)) };
}
