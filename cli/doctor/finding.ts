import type { ServiceFacts } from "../../core/model/facts.ts";
import type { FleetFacts } from "../../core/operations/gather-fleet.ts";
import type { ConsulInspector } from "../../core/store/consul/inspect.ts";
import type { Store } from "../../core/store/port.ts";

/** One thing that was looked at. `problem` and `warning` are findings, and say how to mend it. */
export interface Finding {
  readonly check: "consul" | "leader" | "acl" | "tls" | "clock" | "connections" | "format" | "history" | "records" | "keys" | "instances";
  readonly level: "ok" | "warning" | "problem";
  readonly message: string;
  readonly mend?: string;
}

/** What every check may look at. */
export interface Patient {
  readonly store: Store;
  readonly inspector: ConsulInspector;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** What /proc/net/tcp and tcp6 hold, where this system has them. */
  readonly connectionTables: () => Promise<readonly string[]>;
}

export type ServiceRecords = Pick<ServiceFacts, "service" | "head" | "instances" | "unreadable">;

/** Checks of what is in the KV get it read once. */
export interface Records {
  readonly fleet: FleetFacts;
  /** Without releases, verdicts and history: of a whole fleet they are a lot. */
  readonly services: readonly ServiceRecords[];
}

export const fine = (check: Finding["check"], message: string): Finding => ({ check, level: "ok", message });
export const warning = (check: Finding["check"], message: string, mend: string): Finding => ({ check, level: "warning", message, mend });
export const problem = (check: Finding["check"], message: string, mend: string): Finding => ({ check, level: "problem", message, mend });
