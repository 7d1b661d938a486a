import type { Command } from "commander";
import { planPin } from "../../core/decide/plans/plan-pin.ts";
import { STABLE } from "../../core/model/names.ts";
import type { AskedBy, AskedSpec } from "../change-spec.ts";
import { change, forOne } from "../change.ts";
import { type ChangeFlags, WITH_SCHEMA, addChangeFlags, serviceArgument, trackArgument, versionArgument } from "../flags.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .argument("<service>", "the service", serviceArgument)
    .argument("<version>", "a registered version", versionArgument)
    .option("--track <track>", "which group of instances", trackArgument, STABLE)
    .option("--with-schema", WITH_SCHEMA)
    .action((service: string, version: string, flags: ChangeFlags & { readonly track: string; readonly withSchema?: boolean }) =>
      run((session) =>
        change(session, { flags, ...specOf({ verb: "pin", service, version, track: flags.track, override: flags.override === true, withSchema: flags.withSchema, reason: flags.reason }) }),
      ),
    );
}

export function specOf(asked: AskedBy<"pin">): AskedSpec {
  return { asked, services: [asked.service], history: 1, traffic: { optional: true }, group: asked.track === STABLE ? "registry" : undefined, plan: forOne((facts, context) => planPin(facts, asked, context)) };
}
