import { parseServiceName, quoteForPerson } from "../model/names.ts";
import { type Result, err, ok } from "../model/result.ts";

/** `<first service>.<its revision>-<random>`: names the first history entry, and can't be met twice. */
export interface PlanId {
  readonly service: string;
  readonly revision: number;
  /** Undefined where a person left it out. */
  readonly suffix: string | undefined;
}

const PLAN_ID = /^([a-z0-9-]+)\.([1-9][0-9]{0,9})(?:-([a-z2-7]{6}))?$/;

export function formatPlanId(service: string, revision: number, suffix: string): string {
  return `${service}.${revision}-${suffix}`;
}

/** Reads a plan's id, with or without its random end. */
export function parsePlanId(text: string): Result<PlanId, string> {
  const [, service = "", revision = "", suffix] = PLAN_ID.exec(text) ?? [];
  if (!parseServiceName(service).ok) {
    return err(`${quoteForPerson(text)} is not a plan: write it as "rollpin history <service>" shows it, such as checkout.12 or checkout.12-k3q7ab`);
  }
  return ok({ service, revision: Number(revision), suffix });
}
