import type { Command } from "commander";
import { planFailover } from "../../core/decide/plans/plan-routes.ts";
import { trackNamedIn } from "../../core/model/names.ts";
import type { AskedBy, AskedSpec } from "../change-spec.ts";
import { change, forOne } from "../change.ts";
import { type ChangeFlags, addChangeFlags, serviceArgument, trackArgument } from "../flags.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .description("Let another service or track take over all traffic, until failback.")
    .argument("<service>", "the service", serviceArgument)
    .option("--to <target>", "another service, or track:<name>; else the one that the routes name", parseTarget)
    .action((service: string, flags: ChangeFlags & { readonly to?: string }) =>
      run((session) =>
        change(session, { flags, ...specOf({ verb: "failover", service, active: true, to: flags.to, override: flags.override === true, reason: flags.reason }) }),
      ),
    );
}

/** Of a failback too, which has nobody new to look at. */
export function specOf(asked: AskedBy<"failover">): AskedSpec {
  return { asked, services: [asked.service], history: 1, ...(asked.active ? { traffic: { failoverTo: asked.to } } : {}), plan: forOne((facts, context) => planFailover(facts, asked, context)) };
}

function parseTarget(text: string): string {
  const track = trackNamedIn(text);
  if (track === undefined) return serviceArgument(text);
  trackArgument(track);
  return text;
}
