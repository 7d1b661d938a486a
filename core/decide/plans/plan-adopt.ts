import { partOfTrack, pinOf, withPart } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import { NO_PIN } from "../../model/pin.ts";
import { parseVersion } from "../../model/names.ts";
import type { AdoptRequest, RunningVersion } from "../../model/requests.ts";
import { type Result, err, ok } from "../../model/result.ts";
import type { Refusal } from "../../model/plan.ts";
import { checkCondemned, checkFrozen, checkRegistered, checkRestored, passed } from "../checks.ts";
import { type PlanContext, type Planned, assemblePlan, nothingToChange, refuseUsage } from "./assemble-plan.ts";
import { changeService, knownService } from "./service-change.ts";

/** Takes a service in as it runs: pins what the catalog shows, and has agents observe. Its versions are registered before. */
export function planAdopt(facts: ServiceFacts, request: AdoptRequest, { now }: PlanContext): Planned {
  const { service, track } = request;
  const known = knownService(facts);
  if (!known.ok) return known;
  const chosen = chooseVersion(request);
  if (!chosen.ok) return chosen;
  const { state } = known.value.current;
  const mode = known.value.head.value.mode ?? "enforce";
  const before = pinOf(state, track);
  if (before === chosen.value && mode !== "ejected") return nothingToChange(`${service} is pinned to ${before} already, and that is what runs; agents ${mode === "observe" ? "observe" : "enforce"} it`);
  if (before !== undefined && before !== NO_PIN && before !== chosen.value) {
    return refuseUsage(`${service} is pinned to ${before} already, and ${describeRunning(request.running)} runs: nothing is adopted over a pin. "rollpin observe ${service}" keeps agents from acting, and "rollpin pin ${service} ${chosen.value}" says that what runs is right`);
  }
  return assemblePlan({
    kind: "adopt",
    services: [changeService(known.value, { why: `take it in as it runs: pin ${track} to ${chosen.value}, and observe`, after: withPart(state, partOfTrack(track), chosen.value), concerns: (part) => part === partOfTrack(track), mode: "observe" })],
    checks: [
      checkFrozen(facts, "forward", false, now),
      checkRestored(facts),
      checkRegistered(facts, chosen.value),
      checkCondemned(facts, chosen.value, false),
      passed("target", service, `Consul's catalog shows ${describeRunning(request.running)}`),
    ],
    notes: [...noteOthers(request, chosen.value), `agents observe ${service} until "rollpin enforce ${service}": they change nothing`],
  });
}

/** What a person named, else the one version that runs. */
function chooseVersion({ running, service, unreadable, version }: AdoptRequest): Result<string, Refusal> {
  if (version !== undefined) {
    const named = parseVersion(version);
    return named.ok ? named : err({ kind: "usage", message: named.fault });
  }
  const [only, ...others] = running;
  if (only === undefined) {
    const why = unreadable.length === 0 ? `Consul's catalog shows no passing instance of ${service} (a token without service "${service}" { policy = "read" } and node_prefix "" { policy = "read" } is shown none)` : `the version of no instance can be told (${unreadable.join("; ")})`;
    return refused(service, `${why}; name where it stands with --version-meta <key> or --version-tag <pattern>, or the version itself with --version`);
  }
  if (others.length > 0) return refused(service, `several versions of ${service} run: ${describeRunning(running)}; name the one to pin with --version, or finish that deployment first`);
  if (unreadable.length > 0) return refused(service, `${only.version} runs, but the version of some instances can't be told (${unreadable.join("; ")}); name it with --version`);
  return ok(only.version);
}

function noteOthers({ running, service }: AdoptRequest, chosen: string): readonly string[] {
  const others = running.filter(({ version }) => version !== chosen);
  return others.length === 0 ? [] : [`${service}: ${describeRunning(others)} runs beside ${chosen}, and will be reported as drifted`];
}

function describeRunning(running: readonly RunningVersion[]): string {
  return running.length === 0 ? "no version" : running.map(({ version, instances }) => `${version} on ${instances.length === 1 ? instances[0] : `${instances.length} instances`}`).join(", ");
}

function refused(service: string, message: string): Result<never, Refusal> {
  return err({ kind: "refused", check: "target", service, message });
}
