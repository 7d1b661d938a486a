import { resolve } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { AgentFile } from "../../core/config/agent-file.ts";
import type { Log } from "../log.ts";
import type { KeepsCalls } from "../proxy/ended-call.ts";
import type { AuditLog } from "./audit-log.ts";
import type { AuditState } from "./audit-state.ts";
import type { Door } from "./call-row.ts";

/** The audit log over the readings of the agent's file. Nothing of it is loaded where no file asks for one. */
export interface AuditKeeper {
  /** Makes it what the file says, whose folder that is: the same log where only its limits differ. */
  open(file: Pick<AgentFile, "audit" | "service" | "track">, folder: string): Promise<void>;
  /** For the port in front of this agent's own process. */
  readonly atInbound: KeepsCalls;
  /** For a router of that upstream. */
  atRouter(upstream: string): KeepsCalls;
  allowRotation(may: boolean): void;
  state(): AuditState | undefined;
  close(): Promise<void>;
}

export function keepAudit({ clock, log }: { readonly clock: Clock; readonly log: Log }): AuditKeeper {
  let current: AuditLog | undefined;
  let own: Pick<AgentFile, "service" | "track"> | undefined;
  const close = async (): Promise<void> => {
    const former = current;
    current = undefined;
    await former?.close();
  };
  const at = (doorOf: (own: Pick<AgentFile, "service" | "track">) => Door): KeepsCalls => {
    const keep = (call: Parameters<AuditLog["record"]>[0]): void => {
      if (own !== undefined) current?.record(call, doorOf(own));
    };
    return () => (current === undefined ? undefined : keep);
  };
  return {
    async open({ audit, service, track }, folder) {
      own = { service, track };
      const path = audit === undefined ? undefined : resolve(folder, audit.file);
      if (audit === undefined || path === undefined) return close();
      if (current?.path === path) return current.adjust(audit);
      const { openAuditLog } = await import("./audit-log.ts");
      const former = current;
      // First, so that no call falls between the two.
      current = openAuditLog(audit, { path, clock, log });
      await former?.close();
    },
    atInbound: at(({ service, track }) => ({ caller: undefined, service, track })),
    atRouter: (upstream) => at(({ service }) => ({ caller: service, service: upstream, track: undefined })),
    allowRotation: (may) => current?.allowRotation(may),
    state: () => current?.state(),
    close,
  };
}
