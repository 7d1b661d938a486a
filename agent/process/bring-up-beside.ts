import { type Result, err, ok } from "../../core/model/result.ts";
import type { Change } from "../appliers/applier.ts";
import { bringUp } from "./bring-up.ts";
import { writeConfig } from "./config-file.ts";
import { endCandidate } from "./end.ts";
import type { Ground } from "./ground.ts";
import { type Launch, planLaunch } from "./launch.ts";
import type { Live } from "./live.ts";
import { takePort } from "./port.ts";

/** A candidate that didn't come up; it is still to be ended. */
export interface NotBeside {
  readonly kind: "failed" | "superseded" | "refused" | "unwritable";
  readonly message: string;
  readonly launch: Launch;
  readonly live: Live | undefined;
}

/**
 * Brings a candidate up on a port of its own. Where somebody else took that port before it could, it gets one more try on
 * another port: that is no fault of the version.
 */
export async function bringUpBeside(change: Change, version: string, ground: Ground, signal: AbortSignal): Promise<Result<Live, NotBeside>> {
  const first = await tryOnce(change, version, ground, signal);
  if (first.ok || !first.fault.isPortTaken || signal.aborted) return first;
  const { launch, live, message } = first.fault;
  ground.deps.log({ event: "port-taken", version, port: launch.port, message });
  await endCandidate(live, launch, ground);
  return tryOnce(change, version, ground, signal);
}

async function tryOnce(change: Change, version: string, ground: Ground, signal: AbortSignal): Promise<Result<Live, NotBeside & { readonly isPortTaken: boolean }>> {
  const port = await takePort(ground.ports);
  const launch = planLaunch(change, version, port);
  const refuse = (kind: "refused" | "unwritable", message: string): ReturnType<typeof tryOnce> => Promise.resolve(err({ kind, message, launch, live: undefined, isPortTaken: false }));
  if (port === undefined) return refuse("refused", `nothing was started: no port of 127.0.0.1 is free for version ${version}`);
  const config = await writeConfig(ground.folder, launch.token, change.to.config);
  if (!config.ok) return refuse("unwritable", config.fault);
  const up = await bringUp(launch, ground, { role: "candidate", intent: "must", settleMs: ground.deps.settings.settle, signal });
  return up.ok ? ok(up.value) : err({ ...up.fault, launch });
}
