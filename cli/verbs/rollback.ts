import { type Command, InvalidArgumentError, Option } from "commander";
import { planRollback } from "../../core/decide/plans/plan-rollback.ts";
import { determineTogether, mayMoveOthers, servicesLookedAt } from "../../core/decide/rollback/go-together.ts";
import { STABLE, quoteForPerson, trackNamedIn } from "../../core/model/names.ts";
import { type RollbackRequest, type RollbackTarget, type Strategy, strategies } from "../../core/model/requests.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { AskedBy, AskedSpec } from "../change-spec.ts";
import { change } from "../change.ts";
import { type Failure, failed, usage } from "../ending.ts";
import type { Group } from "../gather-group.ts";
import { type ChangeFlags, WITH_SCHEMA, addChangeFlags, eachService, trackArgument, wholeNumber } from "../flags.ts";
import { parseTime } from "../parse-time.ts";
import type { Run, Session } from "../session.ts";

interface RollbackFlags extends ChangeFlags {
  readonly to?: string;
  readonly steps?: number;
  readonly at?: string;
  readonly all?: boolean;
  readonly prune?: boolean;
  readonly revision?: number;
  readonly track: string;
  readonly strategy: Strategy;
  readonly only?: "pin" | "config" | "routes";
  readonly withSchema?: boolean;
  /** False with --no-condemn. */
  readonly condemn: boolean;
}

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: true, overrides: true })
    .description("Put services back to the last release that may be trusted, or to the one that is named. The version that is left is condemned. What releases require of one another goes along.")
    .argument("[service...]", "the services, in one plan", eachService)
    .addOption(new Option("--to <target>", "a registered version, a semver range, or track:<name>").argParser(parseTarget).conflicts(["steps", "at", "revision"]))
    .addOption(new Option("--steps <n>", "so many different versions back").argParser(wholeNumber(1)).conflicts(["to", "at", "revision"]))
    .addOption(new Option("--at <time>", "what stood then, on every track unless one is named: 14:05, 20m (ago), or ISO 8601").conflicts(["to", "steps", "revision"]))
    .option("--all", "with --at: every service")
    .option("--prune", "with --at: what did not exist then is unpinned, its config and routes removed")
    .addOption(new Option("--revision <n>", "that revision of the one service").argParser(wholeNumber(1)).conflicts(["to", "steps", "at"]))
    .option("--track <track>", "which group of instances", trackArgument, STABLE)
    .addOption(new Option("--only <part>", "leave the rest as it is").choices(["pin", "config", "routes"]))
    .addOption(new Option("--strategy <name>", "how far to go where a service can't go back alone").choices(strategies).default("best"))
    .option("--with-schema", WITH_SCHEMA)
    .option("--no-condemn", "don't condemn the version that is left")
    .action((named: readonly string[], flags: RollbackFlags) =>
      run(async (session) => {
        const target = targetOf(flags, command.getOptionValueSource("track") !== "cli", session.world.clock.now());
        if (!target.ok) return failed(target.fault);
        const services = await servicesOf(session, named, flags);
        if (!services.ok) return failed(services.fault);
        const { track, only, condemn, override, reason, strategy, withSchema } = flags;
        return change(session, { flags, ...specOf({ verb: "rollback", services: services.value, track, only, condemn, target: target.value, override: override === true, reason, withSchema, ...(strategy === "best" ? {} : { strategy }) }) });
      }),
    );
}

export function specOf(asked: AskedBy<"rollback">): AskedSpec {
  return {
    asked,
    services: asked.services,
    traffic: { optional: true },
    group: groupOf(asked),
    plan: (facts, context) => planRollback(facts, asked, context),
  };
}

function groupOf(request: RollbackRequest): Group | undefined {
  if (!mayMoveOthers(request)) return undefined;
  return { looksAt: (registry) => servicesLookedAt(request, registry), determine: (facts, registry) => determineTogether(facts, request, registry) };
}

/** commander has seen to it that there is at most one. */
function targetOf({ to, steps, at, revision, prune }: RollbackFlags, whole: boolean, now: number): Result<RollbackTarget, Failure> {
  if (prune === true && (at === undefined || !whole)) return err(usage("--prune goes with --at, and without --track: it is about what did not exist at that time"));
  const track = to === undefined ? undefined : trackNamedIn(to);
  if (track !== undefined) return ok({ kind: "track", track });
  if (to !== undefined) return ok({ kind: "version", text: to });
  if (steps !== undefined) return ok({ kind: "steps", steps });
  if (revision !== undefined) return ok({ kind: "revision", revision });
  if (at === undefined) return ok({ kind: "default" });
  const moment = parseTime(at, now);
  return moment.ok ? ok({ kind: "at", at: moment.value, ...(whole ? { whole } : {}), ...(prune === true ? { prune } : {}) }) : err(usage(`--at: ${moment.fault}`));
}

/** Those that were named, or all that there are. */
async function servicesOf(session: Session, named: readonly string[], { all, at }: RollbackFlags): Promise<Result<readonly string[], Failure>> {
  if (all !== true) return named.length > 0 ? ok(named) : err(usage("name the services to roll back, or say --all with --at <time>"));
  if (session.flags.dcs !== undefined) return err(usage("--all goes with one datacentre, because each has services of its own: name the services, or say it once for each datacentre"));
  if (named.length > 0 || at === undefined) return err(usage(at === undefined ? "--all goes with --at <time>: every service as it was then" : "--all is every service: leave out the names, or leave out --all"));
  const { allServices } = await import("../all-services.ts");
  return allServices(session);
}

const LONGEST_RANGE = 256;

/** What it means depends on what is registered; here only what can't be anything is refused. */
function parseTarget(text: string): string {
  const track = trackNamedIn(text);
  if (track !== undefined) {
    trackArgument(track);
    return text;
  }
  if (text.trim() === "" || text.length > LONGEST_RANGE) throw new InvalidArgumentError(`${quoteForPerson(text)} is no version, no range and no track:<name>.`);
  return text.trim();
}
