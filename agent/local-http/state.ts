import type { AuditState } from "../audit/audit-state.ts";
import type { InboundState } from "../inbound/inbound-state.ts";
import type { HolderState } from "../lead/holder.ts";
import type { RouterState } from "../routers/router-state.ts";
import type { InstanceRecord } from "../../core/model/records.ts";
import type { Actuation } from "../../core/model/actuator-records.ts";

/** What the agent knows of itself: the body of `/v1/state`, and where `/readyz` and `/metrics` take their figures from. */
export interface AgentState {
  readonly record: InstanceRecord;
  /** The revision of the head that was seen last; absent before Consul has told one. */
  readonly headRevision?: number | undefined;
  readonly consul: ConsulState;
  /** `unsaved`: why it is not on disk. */
  readonly lastKnownGood?: { readonly revision: number; readonly at: string; readonly unsaved?: string | undefined } | undefined;
  /** Parts of desired state that can't or mustn't be obeyed. */
  readonly refused: readonly RefusedPart[];
  /** Whether the agent's Consul session is alive. */
  readonly session?: boolean | undefined;
  /** Who acts for the whole service; absent where every instance acts for itself. */
  readonly lead?: LeadState | undefined;
  /** Who guards the service; absent where this agent may not. */
  readonly guard?: HolderState | undefined;
  /** The fixed port in front of the process; absent where there is none. */
  readonly inbound?: InboundState | undefined;
  /** Where calls are written down; absent where they aren't. */
  readonly audit?: AuditState | undefined;
  /** All routers of the file; absent where there are none. */
  readonly routers?: readonly RouterState[] | undefined;
  /** A person's word on this host that is in force in place of Consul's pin. */
  readonly localPin?: LocalPinState | undefined;
  readonly counters: AgentCounters;
}

interface ConsulState {
  readonly connected: boolean;
  /** How long it has been so. */
  readonly sinceMs: number;
  /** The age of what the agent last read of its desired state; absent before the first reading. */
  readonly viewAgeMs?: number | undefined;
  readonly lastFault?: string | undefined;
}

export interface LeadState extends HolderState {
  /** What the commands did last, by whomever. */
  readonly last?: Actuation | undefined;
}

export interface LocalPinState {
  readonly version: string;
  readonly by: string;
  readonly at: string;
  readonly reason?: string | undefined;
  /** Consul's pin of this track when it was last heard, `none` where nothing; absent where nobody knows. */
  readonly insteadOf?: string | undefined;
}

interface RefusedPart {
  readonly part: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Counted since the agent started: `wakeups`, `process_restarts`, `disk_faults`, and with a label in braces `applies{<outcome>}`,
 * `consul_faults{<kind>}`. Other names, such as `guard_actions{<deed> <outcome>}`, are shown by `/v1/state` only.
 */
type AgentCounters = Readonly<Record<string, number>>;

/** Ready: the service runs what it should, or what a person on this host said, or, while Consul is away, what it should when Consul was last seen. */
export function unreadyReason(state: AgentState): string | undefined {
  const { record, consul, lastKnownGood, localPin } = state;
  if (record.status === "in-sync") return undefined;
  if (localPin !== undefined && record.status === "held" && record.version === localPin.version) return undefined;
  if (!consul.connected && lastKnownGood !== undefined && record.version !== undefined && record.revision === lastKnownGood.revision) return undefined;
  return `${record.service}/${record.instance} is ${record.status}: ${record.reason?.message ?? "it has not said why yet"}`;
}
