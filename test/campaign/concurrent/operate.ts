import { systemClock } from "../../../core/clock.ts";
import { changeTold } from "../operator.ts";
import { rollpin } from "../../support/rollpin.ts";
import type { Told } from "./account.ts";
import { type Operation, reasonOf } from "./draw-operation.ts";

/** Who does it, and which Consul answers him. */
export interface Operator {
  readonly name: string;
  readonly consul: string;
}

/** One operation to its end, or to that of its command. */
export async function operate({ consul, name }: Operator, operation: Operation): Promise<Told> {
  const startedMs = systemClock.monotonic();
  const { words } = operation;
  const told = words === undefined ? await flipByHand(consul, operation) : await command({ consul, name }, operation, words);
  return { ...told, operation, by: name, startedMs, endedMs: systemClock.monotonic() };
}

type Ended = Pick<Told, "code" | "stderr" | "changed">;

async function command({ consul, name }: Operator, { killAfterMs, number }: Operation, words: readonly string[]): Promise<Ended> {
  const kill = killAfterMs === undefined ? undefined : AbortSignal.timeout(killAfterMs);
  const ran = await rollpin([...words, "--reason", reasonOf(number), "--yes", "-o", "json"], { consul, kill, environment: { ROLLPIN_USER: name } });
  const { id, services = [] } = changeTold(ran) ?? {};
  return { code: ran.code, stderr: ran.stderr, ...(id === undefined ? {} : { changed: { plan: id, services } }) };
}

const LONGEST_MS = 20_000;

async function flipByHand(consul: string, { services: [service], version }: Operation): Promise<Ended> {
  const answer = await fetch(`http://${consul}/v1/kv/rollpin/desired/${service}/pin`, { method: "PUT", body: version, signal: AbortSignal.timeout(LONGEST_MS) }).catch((error: unknown) => String(error));
  return typeof answer !== "string" && answer.ok ? { code: 0, stderr: "" } : { code: 6, stderr: typeof answer === "string" ? answer : await answer.text() };
}
