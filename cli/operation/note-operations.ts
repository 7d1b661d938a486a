import { describeOperation, describeProgress } from "../../core/decide/operation/describe-operation.ts";
import { listOperations } from "../../core/operations/journal/read-operations.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import type { Store } from "../../core/store/port.ts";
import { adviceOf } from "../output/operation.ts";
import { visible } from "../output/screen.ts";
import { age } from "../output/times.ts";
import type { World } from "../world.ts";
import { type OperationStanding, determineStanding } from "./standing.ts";

/** Longer than that nobody waits for a note; any server's word will do. */
const READING = { consistency: "stale", timeoutMs: 1_000 } as const;

/** One line for each operation that is under way or was left behind. A token that may not see them, or a Consul that doesn't answer, is no reason to stop. */
export async function noteOperations(store: Store, { clock, interrupted, stderr }: Pick<World, "clock" | "interrupted" | "stderr">): Promise<void> {
  const seen = await listOperations(store, { ...READING, signal: interrupted });
  if (!seen.ok) return;
  const now = consulTime(store, clock);
  for (const one of seen.value) stderr.write(`note: ${visible(describe(determineStanding(one), now))}\n`);
}

function describe({ holder, id, problem, record, state }: OperationStanding, now: number): string {
  const what = record === undefined ? (problem ?? "") : `${describeOperation(record)}, ${age(record.at, now)}`;
  const how = record === undefined ? [] : [describeProgress(record)];
  const who = state === "under-way" ? [`${holder?.by ?? "somebody"} is at it`] : ["nobody is at it"];
  return `operation ${id}${what === "" ? "" : ` (${what})`}: ${[...how, ...who, ...adviceOf(id, state, record)].join("; ")}`;
}
