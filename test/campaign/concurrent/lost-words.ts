import type { Revision } from "../../../core/model/records.ts";
import { type Told, outcomeOf } from "./account.ts";
import { reasonOf } from "./draw-operation.ts";
import type { Standing } from "./stray-heads.ts";

/** One write of something that no revision keeps. */
interface Write {
  readonly value: string;
  /** Whether it was acknowledged. What wasn't may happen at any time after its start, or never. */
  readonly isSure: boolean;
  readonly startedMs: number;
  readonly endedMs: number;
}

const NONE = "none";
const UNTOUCHED: Write = { value: NONE, isSure: true, startedMs: -Infinity, endedMs: -Infinity };

/** Freezes and verdicts that stand at the end although a later word, acknowledged, said otherwise; or that nobody can have written. */
export function lostWords(all: readonly Told[], standing: Readonly<Record<string, Standing>>, histories: Readonly<Record<string, readonly Revision[]>>): readonly string[] {
  return Object.entries(standing).flatMap(([service, { head, verdicts }]) => {
    const own = all.filter(({ operation }) => operation.services[0] === service);
    const versions = new Set([...Object.keys(verdicts), ...own.map(({ operation }) => operation.version)]);
    return [
      ...lost(`the freeze of ${service}`, freezes(own), head.freeze?.reason ?? NONE),
      ...[...versions].flatMap((version) => lost(`the verdict on ${service} ${version}`, [...verdictsSaid(own, version), ...verdictsAlong(all, histories[service] ?? [], version)], verdicts[version]?.verdict ?? NONE)),
    ];
  });
}

function lost(what: string, writes: readonly Write[], value: string): readonly string[] {
  const sure = writes.filter(({ isSure }) => isSure);
  const mayStand = [UNTOUCHED, ...writes].some((write) => write.value === value && sure.every((other) => other.value === value || other.startedMs <= write.endedMs));
  return mayStand ? [] : [`${what} is ${value}, and later ones were acknowledged: ${sure.map((write) => `${write.value} at ${Math.round(write.startedMs)} to ${Math.round(write.endedMs)} ms`).join(", ")}`];
}

function writeOf(told: Told, value: string): readonly Write[] {
  const outcome = outcomeOf(told);
  if (outcome === "acknowledged") return [{ value, isSure: true, startedMs: told.startedMs, endedMs: told.endedMs }];
  return outcome === "unknown" ? [{ value, isSure: false, startedMs: told.startedMs, endedMs: Infinity }] : [];
}

function freezes(own: readonly Told[]): readonly Write[] {
  return own.flatMap((told) => {
    if (told.operation.kind === "freeze") return writeOf(told, reasonOf(told.operation.number));
    return told.operation.kind === "unfreeze" ? writeOf(told, NONE) : [];
  });
}

function verdictsSaid(own: readonly Told[], version: string): readonly Write[] {
  return own.filter(({ operation }) => operation.version === version).flatMap((told) => {
    if (told.operation.kind === "condemn") return writeOf(told, "condemned");
    return told.operation.kind === "clear" ? writeOf(told, NONE) : [];
  });
}

/** Rollbacks condemn, overriding pins clear, and undo takes both back; history has them. */
function verdictsAlong(all: readonly Told[], history: readonly Revision[], version: string): readonly Write[] {
  return history.flatMap(({ reason, verdicts = [] }) => {
    const told = all.find(({ operation }) => reasonOf(operation.number) === reason);
    const change = verdicts.find((one) => one.version === version);
    if (told === undefined || change === undefined) return [];
    return [{ value: change.after?.verdict ?? NONE, isSure: true, startedMs: told.startedMs, endedMs: outcomeOf(told) === "acknowledged" ? told.endedMs : Infinity }];
  });
}
