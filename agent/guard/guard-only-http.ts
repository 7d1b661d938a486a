/** The local HTTP of a guard on a host of its own, for as long as it guards by one reading of its file. */
import { resolve } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { ListenSettings } from "../../core/config/listen-settings.ts";
import type { GuardHttpDeps } from "../local-http/serve-guard.ts";
import type { Log } from "../log.ts";

interface KeepHttpDeps extends Omit<GuardHttpDeps, "gate"> {
  readonly clock: Clock;
  readonly log: Log;
  /** Of the file: relative paths are relative to it. */
  readonly folder: string;
}

const LISTEN_AGAIN_MS = 1_000;

/** Where the port is taken, as by the guard before this one, it is tried until it is free: services are guarded meanwhile. */
export async function keepGuardHttp({ address, tokenFile }: ListenSettings, deps: KeepHttpDeps, signal: AbortSignal): Promise<void> {
  const { clock, folder, log } = deps;
  const { createGate } = await import("../local-http/gate.ts");
  const { serveGuardHttp } = await import("../local-http/serve-guard.ts");
  const gate = tokenFile === undefined ? undefined : await createGate(resolve(folder, tokenFile), log);
  for (let told = ""; !signal.aborted; await clock.sleep(LISTEN_AGAIN_MS, signal)) {
    const served = await serveGuardHttp(address, { ...deps, gate });
    if (served.ok) {
      log.info({ event: "local-http" }, `local HTTP is at ${served.value.address}`);
      await new Promise<void>((over) => {
        if (signal.aborted) over();
        else signal.addEventListener("abort", () => over(), { once: true });
      });
      return served.value.close();
    }
    if (served.fault !== told) log.error({ event: "local-http" }, `local HTTP: ${served.fault}; tried again each second, and services are guarded meanwhile`);
    told = served.fault;
  }
}
