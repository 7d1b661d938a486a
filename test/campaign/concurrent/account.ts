import type { Revision } from "../../../core/model/records.ts";
import type { Acknowledged } from "../evidence.ts";
import { type Operation, reasonOf } from "./draw-operation.ts";

/** How an operation ended for the one who asked for it. Times are of one monotonic clock, in ms. */
export interface Told {
  readonly operation: Operation;
  readonly by: string;
  readonly code: number | null;
  readonly stderr: string;
  /** What it said that it had changed. */
  readonly changed?: Pick<Acknowledged, "plan" | "services">;
  readonly startedMs: number;
  readonly endedMs: number;
}

type Histories = Readonly<Record<string, readonly Revision[]>>;

/** They change what no revision keeps: a freeze, a verdict. */
const UNRECORDED: ReadonlySet<string> = new Set(["freeze", "unfreeze", "condemn", "clear"]);

export type Outcome = "acknowledged" | "nothing to change" | "refused" | "conflict" | "unknown";

/** Unknown is whatever may have happened: without Consul's word, or without the command's. */
export function outcomeOf({ changed, code, operation }: Told): Outcome {
  if (changed !== undefined || (code === 0 && operation.kind === "hand-flip")) return "acknowledged";
  const endings = new Map<number | null, Outcome>([[0, "nothing to change"], [3, "refused"], [4, "conflict"]]);
  return endings.get(code) ?? "unknown";
}

/** What has to stand in history, as the checks of every campaign want it. */
export function acknowledgedOf(all: readonly Told[]): readonly Acknowledged[] {
  return all.flatMap(({ changed, endedMs, operation, startedMs }) => (changed === undefined || UNRECORDED.has(operation.kind) ? [] : [{ ...changed, startedMs, endedMs }]));
}

/** Entries that nobody can have made: each belongs to one operation that may have changed something, and stands at every service of its plan. */
export function unaccounted(all: readonly Told[], histories: Histories): readonly string[] {
  const byReason = new Map(all.map((told) => [reasonOf(told.operation.number), told]));
  const plansOf = new Map<string, Set<string>>();
  const wrong = Object.entries(histories).flatMap(([service, history]) => history.flatMap((entry) => {
    if (entry.by === "external") return [];
    const told = byReason.get(entry.reason ?? "");
    if (told !== undefined) plansOf.set(entry.reason ?? "", (plansOf.get(entry.reason ?? "") ?? new Set()).add(entry.plan));
    return wrongEntry(service, entry, told, histories);
  }));
  const twice = [...plansOf].filter(([, plans]) => plans.size > 1).map(([reason, plans]) => `${reason} was done ${plans.size} times: ${[...plans].join(", ")}`);
  return [...wrong, ...twice, ...inventedFlips(all, histories)];
}

function wrongEntry(service: string, { by, plan, reason, revision, services }: Revision, told: Told | undefined, histories: Histories): readonly string[] {
  const what = `${service}: revision ${revision} (${plan}, ${reason ?? "no reason"})`;
  if (told === undefined) return [`${what} is of no operation`];
  const outcome = outcomeOf(told);
  const missing = Object.entries(services).filter(([other, at]) => histories[other]?.find((one) => one.revision === at)?.plan !== plan).map(([other]) => other);
  return [
    ...(outcome === "unknown" || (outcome === "acknowledged" && told.changed?.plan === plan) ? [] : [`${what} stands in history, but ended as ${outcome}: exit ${told.code}: ${told.stderr.trim()}`]),
    ...(by === told.by ? [] : [`${what} is signed by ${by}, and was ${told.by}'s`]),
    ...(missing.length === 0 ? [] : [`${what} is missing at ${missing.join(", ")}`]),
  ];
}

/** Flips that passed unseen may be missing; none is told twice or invented. */
function inventedFlips(all: readonly Told[], histories: Histories): readonly string[] {
  return Object.entries(histories).flatMap(([service, history]) => {
    const left = all.filter(({ operation: { kind, services } }) => kind === "hand-flip" && services[0] === service).map(({ operation }) => operation.version);
    return history.filter(({ by }) => by === "external").flatMap(({ after, revision }) => {
      const at = left.indexOf(after.pins["stable"] ?? "none");
      if (at >= 0) left.splice(at, 1);
      return at >= 0 ? [] : [`${service}: revision ${revision} is called a hand's flip to ${after.pins["stable"]}, and no hand that isn't told of already did that`];
    });
  });
}
