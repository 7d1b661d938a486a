import { canonical } from "../../core/decide/digest.ts";
import type { Planned } from "../../core/decide/plans/assemble-plan.ts";
import type { ServiceFacts } from "../../core/model/facts.ts";
import type { Plan } from "../../core/model/plan.ts";
import { headKey, partKey, verdictKey } from "../../core/store/keys.ts";
import { type Failure, usage } from "../ending.ts";
import { type KeyRead, planValue } from "../output/plan-value.ts";
import { shortFingerprint } from "../output/plan-text.ts";
import type { PlanFile } from "./parse-plan-file.ts";

/** Why what is planned now isn't the plan of the file; undefined where it is, to the last index. */
export function comparePlans(file: PlanFile, planned: Planned, facts: readonly ServiceFacts[], prefix: string): Failure | undefined {
  if (planned.ok && planned.value.fingerprint === file.fingerprint) return edited(file, planned.value);
  const moved = file.reads.flatMap((read) => describeMoved(read, facts, prefix));
  const named = moved.length > 0 ? moved.join("; ") : describeOther(file, planned);
  return { code: "conflict", message: `plan ${shortFingerprint(file.fingerprint)} can't be applied any more: ${named}. Nothing was changed; ask for it again with --dry-run and look at what it would do now` };
}

/** Somebody wrote into the file: what it says would not be what is done. */
function edited({ fingerprint, printed }: PlanFile, plan: Plan): Failure | undefined {
  const place = firstDifference(effectsOf(printed), effectsOf(planValue(plan)));
  return place === undefined ? undefined : usage(`the plan was edited after it was printed: plan.${place} isn't what the plan with fingerprint ${shortFingerprint(fingerprint)} does. Nothing was changed; ask for it again with --dry-run`);
}

type Printed = Pick<PlanFile["printed"], "kind" | "undoes" | "migrations" | "services"> | ReturnType<typeof planValue>;

/** What was seen besides (blast radius, what runs that can't read the data, checks, notes) may be another today, and a verdict's reason is who applies it's. */
function effectsOf({ kind, migrations, services, undoes }: Printed): unknown {
  return {
    kind,
    undoes,
    migrations: migrations?.map((migration) => ({ ...migration, off: undefined })),
    services: services.map((service) => ({ ...service, blast: undefined, verdicts: service.verdicts.map((verdict) => ({ ...verdict, reason: undefined })) })),
  };
}

/** `services[0].changes[0].after`. */
function firstDifference(one: unknown, other: unknown, path = ""): string | undefined {
  if (canonical(one as never) === canonical(other as never)) return undefined;
  if (!isObject(one) || !isObject(other)) return path;
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const step = Array.isArray(one) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    const found = firstDifference((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key], step);
    if (found !== undefined) return found;
  }
  return path;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** `rollpin/desired/checkout/head is at index 830, and the plan was made at 812: jo@shop changed checkout at …`. */
function describeMoved({ index, key }: KeyRead, facts: readonly ServiceFacts[], prefix: string): readonly string[] {
  const one = facts.find(({ service }) => key.split("/")[1] === service);
  const present = one === undefined ? undefined : indexesOf(one).get(key);
  if (present === (index ?? undefined)) return [];
  const is = present === undefined ? "isn't there any more" : index === null ? `is there now, at index ${present}` : `is at index ${present}`;
  const was = index === null ? "it wasn't there" : `it was at ${index}`;
  return [`${prefix}/${key} ${is}, and when the plan was made ${was}${one === undefined || !key.endsWith("/head") ? "" : describeLast(one)}`];
}

function indexesOf({ desired, head, service, verdicts }: ServiceFacts): ReadonlyMap<string, number> {
  return new Map([
    ...(head === undefined ? [] : [[headKey(service), head.modifyIndex] as const]),
    ...desired.map(({ modifyIndex, part }) => [partKey(service, part), modifyIndex] as const),
    ...[...verdicts].map(([version, { modifyIndex }]) => [verdictKey(service, version), modifyIndex] as const),
  ]);
}

/** A freeze or a verdict signs the head too, without a revision of its own. */
function describeLast({ head, history: [newest], service }: ServiceFacts): string {
  if (head === undefined) return "";
  const { at, by, revision } = head.value;
  const what = newest?.revision === revision && newest.at === at ? `revision ${revision}, ${newest.kind}, plan ${newest.plan}` : `at revision ${revision}`;
  return `: ${by} changed ${service} at ${at} (${what})`;
}

/** None of the keys moved, so it is something that was looked at besides: releases, instances, what others are pinned to, a freeze that ended. */
function describeOther(file: PlanFile, planned: Planned): string {
  if (!planned.ok) return planned.fault.kind === "refused" ? `the check ${planned.fault.check} stands against it now: ${planned.fault.message}` : planned.fault.message;
  const [then, now] = [file.printed.services, planned.value.services].map((services) => services.map(({ service }) => service).sort().join(", "));
  if (then !== now) return `it would be about ${now} now, and was about ${then}: what releases require, or who is registered, changed since`;
  const place = firstDifference(effectsOf(file.printed), effectsOf(planValue(planned.value)));
  return place === undefined ? "the same was asked for, and the keys that it reads were read in another way: it was printed by another version of rollpin" : `plan.${place} would be another now`;
}
