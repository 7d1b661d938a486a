import { systemClock } from "../../core/clock.ts";
import { instanceSchema } from "../../core/model/records.ts";
import { type Ran, rollpin } from "../support/rollpin.ts";
import { until } from "../support/until.ts";
import { wordsOf } from "./actions.ts";
import type { Acknowledged, Command, Promised } from "./evidence.ts";
import type { Action } from "./schedule.ts";
import type { World } from "./world.ts";

export interface Outcome {
  readonly command: Command;
  readonly acknowledged?: Acknowledged;
  readonly promised: readonly Promised[];
}

interface ChangeTold {
  readonly id?: string;
  readonly services?: Acknowledged["services"];
  readonly receipt?: { readonly services: readonly { readonly service: string; readonly revision: number; readonly instances: Readonly<Record<string, { readonly standing: string }>> }[] };
}

/** They change no desired state: history knows nothing of them. */
const UNRECORDED: ReadonlySet<string> = new Set(["freeze", "unfreeze", "condemn", "clear"]);

/** One action to its end, or to that of the one who does it. */
export async function act(world: World, action: Action, kill: AbortSignal): Promise<Outcome> {
  const { service, version } = action;
  if (action.kind === "hand-flip") {
    const flipped = await world.consul.kv.put(`rollpin/desired/${service}/pin`, version).then(() => 0, () => 6);
    return { command: { words: [action.kind], code: flipped, stderr: "" }, promised: [] };
  }
  const startedMs = systemClock.monotonic();
  const words = wordsOf(action, world);
  const ran = await rollpin(words, { ...world.operator, kill });
  const command = { words, code: ran.code, stderr: ran.stderr };
  const told = words.includes("json") ? changeTold(ran) : undefined;
  if (told?.id === undefined || UNRECORDED.has(action.kind)) return { command, promised: [] };
  return { command, acknowledged: { plan: told.id, services: told.services ?? [], startedMs, endedMs: systemClock.monotonic() }, promised: await promises(world, told) };
}

/** What the CLI says it committed, whether or not every instance has it yet. */
export function changeTold({ code, stdout }: Ran): ChangeTold | undefined {
  return code === 0 || code === 5 ? (JSON.parse(stdout) as ChangeTold) : undefined;
}

/** Each `applied` of the receipt, beside what the instance's record shows after that. */
async function promises({ consul }: World, { receipt }: ChangeTold): Promise<readonly Promised[]> {
  const applied = (receipt?.services ?? []).flatMap(({ instances, revision, service }) =>
    Object.entries(instances).filter(([, { standing }]) => standing === "applied").map(([instance]) => ({ service, instance, revision })),
  );
  return Promise.all(applied.map(async (one) => {
    const read = async () => ({ text: await consul.kv.get(`rollpin/instances/${one.service}/${one.instance}`) });
    const { text } = await until("Consul answers", read, { deadlineMs: 60_000 });
    return { ...one, shown: revisionIn(text) };
  }));
}

/** Undefined where garbage stands, or nothing because the session is over. */
function revisionIn(text: string | undefined): number | undefined {
  try {
    return instanceSchema.safeParse(JSON.parse(text ?? "null")).data?.revision;
  } catch {
    return undefined;
  }
}
