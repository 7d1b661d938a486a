import type { Command } from "commander";
import { planPin } from "../../core/decide/plans/plan-pin.ts";
import { STABLE } from "../../core/model/names.ts";
import { changeOne } from "../change.ts";
import { type ChangeFlags, addChangeFlags, serviceArgument, trackArgument, versionArgument } from "../flags.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .argument("<service>", "the service", serviceArgument)
    .argument("<version>", "a registered version", versionArgument)
    .option("--track <track>", "which group of instances", trackArgument, STABLE)
    .action((service: string, version: string, flags: ChangeFlags & { track: string }) =>
      run((session) =>
        changeOne(session, {
          flags,
          service,
          history: 1,
          traffic: { optional: true },
          plan: (facts, context) => planPin(facts, { service, version, track: flags.track, override: flags.override === true }, context),
        }),
      ),
    );
}
