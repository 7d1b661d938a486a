import type { Clock } from "../core/clock.ts";
import type { AgentFile } from "../core/config/agent-file.ts";
import type { Store } from "../core/store/port.ts";
import type { AuditState } from "./audit/audit-state.ts";
import type { Inbound } from "./inbound/inbound.ts";
import type { RouterKeeper } from "./routers/keep-routers.ts";
import type { Router } from "./routers/router.ts";
import type { LastKnownGood } from "./files/last-known-good.ts";
import type { RememberedOff } from "./files/off-file.ts";
import type { Log } from "./log.ts";
import type { Identity } from "./presence/instance-record.ts";

/** What an agent is made of: who it is, and its ways to the world. */
export interface AgentDeps {
  readonly file: AgentFile;
  /** The folder of the agent's file: relative paths are relative to it. */
  readonly folder: string;
  /** Absolute. */
  readonly stateFolder: string;
  /** What the service's process inherits of the agent's environment, before secrets are withheld. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly instance: string;
  readonly store: Store;
  /** With the guard's token; undefined where this agent is no guard. */
  readonly guardStore: Store | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** The fixed port in front of the process, where the file asks for one. It outlives this reading of the file. */
  readonly inbound: Inbound | undefined;
  /** The built-in routers that the file asks for. Their ports outlive this reading of the file. */
  readonly routers: readonly Router[];
  /** Undefined where calls aren't written down. */
  readonly audit: () => AuditState | undefined;
  readonly leaveRouters: RouterKeeper["leave"];
  /** Of this process: who it is, since when. */
  readonly process: Pick<Identity, "agent" | "node">;
  /** What the former life of this agent left on disk. */
  readonly lastKnownGood: LastKnownGood | undefined;
  readonly formerSession: string | undefined;
  /** A session to be found again after a restart. */
  readonly rememberSession: (session: string) => Promise<void> | undefined;
  /** What the port in front of the process kept from clients, and is to keep from them over a restart. */
  readonly formerOff: RememberedOff | undefined;
  readonly rememberOff: (off: RememberedOff | undefined) => Promise<void>;
  /** The random end of a plan's id. */
  readonly planSuffix: () => string;
}
