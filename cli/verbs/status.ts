import type { Command } from "commander";
import { isoTime } from "../../core/clock.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { type Ending, failed, result } from "../ending.ts";
import { eachService } from "../flags.ts";
import { statusPrintable } from "../output/status.ts";
import type { Run, Session } from "../session.ts";
import { gatherStatus } from "../status/gather-status.ts";

export function declare(command: Command, run: Run): void {
  command
    .argument("[service...]", "only these services, in more detail", eachService)
    .option("-w, --watch", "go on showing it, until Ctrl-C; with -o json one object a line")
    .action((services: readonly string[], { watch }: { watch?: boolean }) => run((session) => (watch === true ? watchStatus(session, services) : showStatus(session, services))));
}

async function showStatus(session: Session, services: readonly string[]): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const { clock } = session.world;
  const status = await gatherStatus(store.value, services, { signal: session.signal, clock });
  return status.ok ? result(statusPrintable(status.value, isoTime(consulTime(store.value, clock)))) : failed(status.fault);
}

/** Loaded when it is asked for: a plain `status` starts faster without. */
async function watchStatus(session: Session, services: readonly string[]): Promise<Ending> {
  const { followStatus } = await import("../status/follow-status.ts");
  return followStatus(session, services);
}
