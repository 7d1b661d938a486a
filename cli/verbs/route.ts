import { type Command, Option } from "commander";
import { planRoutes, planShift } from "../../core/decide/plans/plan-routes.ts";
import type { ShiftRequest } from "../../core/model/requests.ts";
import { parseShareTarget } from "../../core/model/share-target.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { AskedBy, AskedSpec } from "../change-spec.ts";
import { change, forOne } from "../change.ts";
import { type Ending, type Failure, failed, usage } from "../ending.ts";
import { type ChangeFlags, addChangeFlags, argument, serviceArgument, trackArgument } from "../flags.ts";
import { failoverService } from "../../core/operations/gather-traffic.ts";
import { readSource } from "../read-source.ts";
import { showRoutes } from "../route/show.ts";
import type { Run, Session } from "../session.ts";

interface SetFlags extends ChangeFlags {
  readonly text?: string;
}

interface ShiftFlags extends ChangeFlags {
  readonly back?: boolean;
  readonly toTrack?: string;
}

export function declare(command: Command, run: Run): void {
  command
    .command("show")
    .description("Print the routes that are accepted, and where traffic goes by them now.")
    .argument("<service>", "the service", serviceArgument)
    .action((service: string) => run((session) => showRoutes(session, service)));
  addChangeFlags(command.command("set"), { waits: true, overrides: true })
    .description("Replace the routes, from a file, stdin or the command line.")
    .argument("<service>", "the service", serviceArgument)
    .argument("[file]", "the file with the new routes, YAML or JSON; - is stdin")
    .option("--text <text>", "the new routes themselves")
    .action((service: string, file: string | undefined, flags: SetFlags) => run((session) => setRoutes(session, service, file, flags)));
  addChangeFlags(command.command("shift"), { waits: true, overrides: true })
    .description("Give a version, range or track a share of what no rule matches, taken from the pin.")
    .argument("<service>", "the service", serviceArgument)
    .argument("[name]", "a version, a semver range, or track:<name>", argument(shareName))
    .argument("[share]", "0% to 100%", argument(parseShare))
    .addOption(new Option("--back", "all of it to the pin").conflicts("toTrack"))
    .addOption(new Option("--to-track <track>", "all of it to that track, as in blue-green").argParser(trackArgument))
    .action((service: string, name: string | undefined, share: number | undefined, flags: ShiftFlags) => run((session) => shift(session, service, { name, share, flags })));
  addChangeFlags(command.command("clear"), { waits: true, overrides: true })
    .description("Remove the routes: all traffic goes to the pin.")
    .argument("<service>", "the service", serviceArgument)
    .action((service: string, flags: ChangeFlags) => run((session) => write(session, service, undefined, flags)));
}

async function setRoutes(session: Session, service: string, file: string | undefined, flags: SetFlags): Promise<Ending> {
  const text = await readSource(session, "routes", file, flags.text);
  return text.ok ? write(session, service, text.value, flags) : failed(text.fault);
}

function write(session: Session, service: string, text: string | undefined, flags: ChangeFlags): Promise<Ending> {
  return change(session, { flags, ...specOf({ verb: "routes", service, text, override: flags.override === true, reason: flags.reason }) });
}

export function specOf(asked: AskedBy<"routes"> | AskedBy<"shift">): AskedSpec {
  const { service } = asked;
  if (asked.verb === "shift") return { asked, services: [service], history: 1, traffic: {}, plan: forOne((facts, context) => planShift(facts, asked, context)) };
  const failoverTo = asked.text === undefined ? undefined : failoverService(asked.text);
  return { asked, services: [service], history: 1, traffic: { failoverTo }, plan: forOne((facts, context) => planRoutes(facts, asked, context)) };
}

interface Shift {
  readonly name: string | undefined;
  readonly share: number | undefined;
  readonly flags: ShiftFlags;
}

async function shift(session: Session, service: string, asked: Shift): Promise<Ending> {
  const to = targetOf(asked);
  if (!to.ok) return failed(to.fault);
  const { flags } = asked;
  return change(session, { flags, ...specOf({ verb: "shift", service, to: to.value, override: flags.override === true, reason: flags.reason }) });
}

/** Exactly one of a name with its share, --back and --to-track. */
function targetOf({ flags: { back, toTrack }, name, share }: Shift): Result<ShiftRequest["to"], Failure> {
  const isWhole = back === true || toTrack !== undefined;
  if (isWhole && name !== undefined) return err(usage(`${JSON.stringify(name)} can't stand beside --${back === true ? "back" : "to-track"}: name one target`));
  if (back === true) return ok(undefined);
  if (toTrack !== undefined) return ok({ name: `track:${toTrack}`, percentage: 100 });
  if (name === undefined || share === undefined) return err(usage("say what gets which share, such as 2.0.0 25%, or --back, or --to-track <track>"));
  return ok({ name, percentage: share });
}

function shareName(text: string): Result<string, string> {
  const target = parseShareTarget(text);
  return target.ok ? ok(text) : target;
}

function parseShare(text: string): Result<number, string> {
  const [, amount] = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text) ?? [];
  return amount === undefined || Number(amount) > 100 ? err(`${JSON.stringify(text)} is no share: write 0% to 100%, with up to two digits after the point`) : ok(Number(amount));
}
