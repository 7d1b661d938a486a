import { DRAINING, type RouterRecord } from "../../core/model/router-records.ts";
import type { HolderState } from "../lead/holder.ts";
import type { UntimedRecord } from "./hold-router-record.ts";
import type { Router } from "./router.ts";

/** A router as `/v1/state` and the metrics show it. */
export interface RouterState {
  readonly upstream: string;
  /** Of its record. */
  readonly name: string;
  readonly kind: string;
  /** `stands-by`: another agent looks after what is one for all. */
  readonly status: RouterRecord["status"] | "stands-by";
  readonly reason?: { readonly code: string; readonly message: string } | undefined;
  /** Absent where nobody said. */
  readonly listen?: string | undefined;
  /** Of the desired state that new requests go by; absent before the first. */
  readonly revision?: number | undefined;
  /** Of clients, open now. */
  readonly connections: number;
  /** Requests and connections that instances have to do with now, upgraded ones too. */
  readonly inFlight: number;
  /** Answers by the version that gave them (`none`: the router itself) and class of status, such as `1.4.2 2xx`; connections as `1.4.2 tcp`. */
  readonly requests: Readonly<Record<string, number>>;
  /** How often an instance didn't answer: `refused`, `lost`, `late`. */
  readonly unanswered: Readonly<Record<string, number>>;
  /** `host:port` of instances that are left out for not answering. */
  readonly leftOut: readonly string[];
  /** Who looks after it, where it is one for all agents; absent elsewhere. */
  readonly lead?: HolderState | undefined;
}

export function routerState(router: Router, instance: string): RouterState {
  const { settings, tally } = router;
  return {
    upstream: settings.upstream,
    name: settings.name ?? instance,
    kind: settings.kind,
    ...statusOf(router),
    listen: router.listen,
    revision: router.view()?.revision,
    connections: router.connections(),
    inFlight: router.inFlight(),
    requests: tally.requests,
    unanswered: tally.failures,
    leftOut: router.leftOut(),
  };
}

/** One whose requests Consul's clients send: nothing of them is known here, and what it told Consul of itself is all there is. */
export function reportedState(of: Pick<RouterState, "upstream" | "name" | "kind">, told: Pick<UntimedRecord, "status" | "reason" | "revision"> | undefined): RouterState {
  return {
    ...of,
    ...(told === undefined ? STARTING : { status: told.status, reason: told.reason }),
    revision: told === undefined || told.revision === 0 ? undefined : told.revision,
    connections: 0,
    inFlight: 0,
    requests: {},
    unanswered: {},
    leftOut: [],
  };
}

const STARTING: Pick<RouterRecord, "status" | "reason"> = { status: "reconciling", reason: { code: "starting", message: "Consul has not told yet what the upstream is" } };

export function statusOf(router: Router): Pick<RouterRecord, "status" | "reason"> {
  const [view, fault] = [router.wanted(), router.fault()];
  if (fault !== undefined) return { status: "held", reason: fault };
  if (view === undefined) return STARTING;
  if (view.hold !== undefined) return { status: "held", reason: view.hold };
  if (router.isSettling()) return { status: "reconciling", reason: { code: DRAINING, message: "requests that were begun before these routes are still under way" } };
  return { status: "in-sync" };
}
