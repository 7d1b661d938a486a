import type { InstanceRecord } from "../../core/model/records.ts";
import type { AuditState } from "../audit/audit-state.ts";
import type { Counters } from "../counters.ts";
import type { InboundState } from "../inbound/inbound-state.ts";
import type { RouterState } from "../routers/router-state.ts";
import type { LastKnownGood } from "../files/last-known-good.ts";
import type { ShownGuard } from "../guard/guard-figures.ts";
import { holderState } from "../lead/holder.ts";
import type { Lead } from "../lead/lead.ts";
import type { AgentState, LeadState, LocalPinState } from "../local-http/state.ts";
import type { LocalPin } from "../local-pin/local-pin.ts";
import type { Intent } from "../loop/intent.ts";
import type { Contact } from "./contact.ts";

export interface AgentFacts {
  readonly record: InstanceRecord;
  readonly intent: Intent;
  readonly contact: Contact;
  readonly counters: Counters;
  readonly lastKnownGood: LastKnownGood | undefined;
  /** Why that is not on disk, where the disk refused it. */
  readonly unsaved: string | undefined;
  readonly session: string | undefined;
  readonly lead: Lead | undefined;
  readonly guard: ShownGuard | undefined;
  readonly inbound?: InboundState | undefined;
  readonly audit?: AuditState | undefined;
  readonly routers: readonly RouterState[];
  readonly localPin: LocalPin | undefined;
  /** Monotonic milliseconds. */
  readonly confirmedAt: number | undefined;
  readonly now: number;
}

/** What the agent knows of itself, for its local HTTP. */
export function agentState(facts: AgentFacts): AgentState {
  const { confirmedAt, contact, intent, lastKnownGood, now, record } = facts;
  return {
    record,
    headRevision: intent.kind === "consul" ? intent.revision : undefined,
    consul: {
      connected: contact.connected(),
      sinceMs: Math.round(now - contact.since()),
      viewAgeMs: confirmedAt === undefined ? undefined : Math.round(now - confirmedAt),
      lastFault: contact.lastFault(),
    },
    lastKnownGood: lastKnownGood === undefined ? undefined : { revision: lastKnownGood.revision, at: lastKnownGood.at, unsaved: facts.unsaved },
    refused: intent.kind === "consul" ? intent.refused : [],
    session: facts.session !== undefined,
    lead: facts.lead === undefined ? undefined : leadState(facts.lead, record.instance),
    guard: facts.guard === undefined ? undefined : holderState(facts.guard.holder(), record.instance),
    inbound: facts.inbound,
    audit: facts.audit,
    routers: facts.routers.length === 0 ? undefined : facts.routers,
    localPin: facts.localPin === undefined ? undefined : localPinState(facts.localPin),
    counters: flatCounters(facts.counters, facts.guard?.figures.actions),
  };
}

function localPinState({ at, by, insteadOf, reason, version }: LocalPin): LocalPinState {
  return { version, by, at, reason, insteadOf };
}

function leadState(lead: Lead, instance: string): LeadState {
  return { ...holderState(lead, instance), last: lead.last };
}

function flatCounters({ applies, consulFaults, diskFaults, processRestarts, wakeUps }: Counters, guardActions: ShownGuard["figures"]["actions"] | undefined): Record<string, number> {
  const labelled = (name: string, by: Readonly<Record<string, number>>) => Object.entries(by).map(([label, count]) => [`${name}{${label}}`, count] as const);
  return Object.fromEntries([["wakeups", wakeUps], ["process_restarts", processRestarts], ["disk_faults", diskFaults], ...labelled("applies", applies), ...labelled("consul_faults", consulFaults), ...(guardActions?.all() ?? []).map(([[, action = ""], count]) => [`guard_actions{${action}}`, count] as const)]);
}
