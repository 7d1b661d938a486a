import * as z from "zod/mini";
import type { Applied, Applier, Change } from "../../../agent/appliers/applier.ts";
import { type ProcessSettings, agentFileSchema } from "../../../core/config/agent-file.ts";

export type RawSettings = Readonly<Record<string, unknown>>;

export function parseSettings(raw: RawSettings): ProcessSettings {
  const file = z.parse(agentFileSchema, { service: "checkout", appliers: [{ process: raw }] });
  const [applier] = file.appliers;
  if (applier === undefined || !("process" in applier)) throw new Error("no process applier in the settings");
  return applier.process;
}

/** check → apply → verify → settle, or undo. */
export async function applyAsTheLoopDoes(applier: Applier, change: Change, signal: AbortSignal): Promise<Applied> {
  const checked = await applier.check(change, signal);
  if (!checked.ok) return checked;
  const applied = await applier.apply(change, signal);
  if (!applied.ok) return applied;
  const verified = await applier.verify(change, signal);
  if (verified.ok) await applier.settle(change);
  else await applier.undo(change, verified.fault.kind);
  return verified;
}
