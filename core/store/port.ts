/**
 * The one door to Consul. Two implementations pass the same contract suite (test/contract): Consul itself
 * (core/store/consul) and memory (core/store/memory.ts).
 *
 * Keys are relative to the store's prefix (`desired/checkout/pin`); `prefix` is what messages to people put before them.
 * Every call has a time limit and takes an AbortSignal; expected failures are values (core/model/fault.ts).
 */
import type { Outcome } from "../model/fault.ts";
import type { MeshEntry, MeshEntryKind } from "../model/mesh-entries.ts";

export interface Store {
  /** Without a slash at its end, e.g. `rollpin`. */
  readonly prefix: string;
  /** Milliseconds to add to this machine's clock to get Consul's, as its last answer told; 0 while they agree to about a second. */
  clockOffsetMs(): number;
  /** One key; `undefined` where it isn't there. */
  get(key: string, options?: ReadOptions): Promise<Outcome<Entry | undefined>>;
  /** Every key that begins with `folder` (it ends with a slash, or within a name for a page of many), sorted by key. An empty answer may also mean that the token may not read it. */
  list(folder: string, options?: ReadOptions): Promise<Outcome<Reading>>;
  /** The names (without values) of every key below `folder`, sorted. */
  keys(folder: string, options?: ReadOptions): Promise<Outcome<readonly string[]>>;
  /**
   * A blocking query: answers when something below `folder` has an index above `afterIndex`, or after about `waitMs`
   * with what is there. A bare "look again": what to believe is the watch loop's business (core/store/watch.ts).
   */
  block(folder: string, afterIndex: number, options: BlockOptions): Promise<Outcome<Reading>>;
  /** All of it or nothing, at most `MOST_OPERATIONS` operations and `MOST_TRANSACTION_BYTES` of body. */
  transact(operations: readonly Operation[], options?: CallOptions): Promise<Outcome<Committed>>;
  readonly sessions: Sessions;
  readonly catalog: Catalog;
  readonly mesh: Mesh;
  /** Closes connections. Calls under way end as `aborted`; a write that was sent already as `unknown-outcome`. */
  close(): void;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; the store's own default (10 s) where absent. */
  readonly timeoutMs?: number | undefined;
}

export interface ReadOptions extends CallOptions {
  /** `default`; `consistent` asks the leader to prove that it leads; `stale` takes any server's word. */
  readonly consistency?: "default" | "consistent" | "stale" | undefined;
}

export interface BlockOptions extends ReadOptions {
  readonly waitMs: number;
}

export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createIndex: number;
  /** The key's CAS token: compared for equality only. */
  readonly modifyIndex: number;
  /** The session that holds the key. */
  readonly session?: string | undefined;
}

export interface Reading {
  readonly entries: readonly Entry[];
  /** The cursor for `block`; 0 where the answer had none. Never mixed with a modifyIndex. */
  readonly queryIndex: number;
  /** Consul's clock (Date header, whole seconds), milliseconds since the epoch. */
  readonly date?: number | undefined;
}

export type Operation =
  /** Fails where the key exists. */
  | { readonly kind: "create"; readonly key: string; readonly value: string }
  /** Fails where the key's modifyIndex is another. */
  | { readonly kind: "replace"; readonly key: string; readonly value: string; readonly modifyIndex: number }
  /** Fails where the key's modifyIndex is another; that it is gone already is no failure (as in Consul: add `expect` where it matters). */
  | { readonly kind: "remove"; readonly key: string; readonly modifyIndex: number }
  | { readonly kind: "delete"; readonly key: string }
  /** Fails where the key is held by another session, or the session is dead. */
  | { readonly kind: "lock"; readonly key: string; readonly value: string; readonly session: string }
  /** Writes the key and lets go of it. Fails where another session holds it, or none. */
  | { readonly kind: "unlock"; readonly key: string; readonly value: string; readonly session: string }
  /** Checks, writing nothing. */
  | { readonly kind: "expect"; readonly key: string; readonly modifyIndex: number }
  | { readonly kind: "expect-absent"; readonly key: string }
  | { readonly kind: "expect-session"; readonly key: string; readonly session: string };

/** Consul 1.8's limit; newer versions take 128. */
export const MOST_OPERATIONS = 64;
/** Of the JSON body, values in base64. */
export const MOST_TRANSACTION_BYTES = 512 * 1024;

export interface Committed {
  /** The highest index that a written key has now: an older one where its value was the same already. 0 where nothing was written, or only removed. */
  readonly modifyIndex: number;
  readonly date?: number | undefined;
}

export interface Sessions {
  /** A session with lock-delay 0 whose keys stay (unheld) when it dies. `ttlMs` is 10 s to 24 h. */
  create(options: { readonly name: string; readonly ttlMs: number } & CallOptions): Promise<Outcome<string>>;
  /** `no-session` where it is dead. */
  renew(session: string, options?: CallOptions): Promise<Outcome<void>>;
  /** Destroying a dead session is no error. */
  destroy(session: string, options?: CallOptions): Promise<Outcome<void>>;
}

/** Consul's own service catalog: registration through the local Consul agent, endpoints from the health API. */
export interface Catalog {
  register(registration: ServiceRegistration, options?: RegisterOptions): Promise<Outcome<void>>;
  deregister(id: string, options?: CallOptions): Promise<Outcome<void>>;
  /** The registration with this id at the local Consul agent. */
  read(id: string, options?: CallOptions): Promise<Outcome<RegisteredService | undefined>>;
  /** Why the registration with this id is in maintenance at the local Consul agent; undefined where it isn't, or isn't there. */
  maintenance(id: string, options?: CallOptions): Promise<Outcome<string | undefined>>;
  /** Puts it into maintenance: nobody is sent there. Where it is already, the reason stays as it was. Without a reason: ends it. */
  maintain(id: string, reason: string | undefined, options?: CallOptions): Promise<Outcome<void>>;
  /** Instances whose checks all pass. */
  healthy(service: string, options?: ReadOptions): Promise<Outcome<EndpointReading>>;
  /** The one passing instance with this id, as clients find it: the catalog follows a registration by a moment. The id holds letters, digits and ". _ -" only. */
  healthyInstance(service: string, id: string, options?: ReadOptions): Promise<Outcome<Endpoint | undefined>>;
  /** As `block`, for `healthy`. */
  blockHealthy(service: string, afterIndex: number, options: BlockOptions): Promise<Outcome<EndpointReading>>;
  /** All instances, those that don't pass among them. */
  instances(service: string, options?: ReadOptions): Promise<Outcome<InstancesReading>>;
  /** As `block`, for `instances`. */
  blockInstances(service: string, afterIndex: number, options: BlockOptions): Promise<Outcome<InstancesReading>>;
  /** All datacentres that this one is joined with, itself among them, nearest first; whether they answer is another thing. */
  datacentres(options?: CallOptions): Promise<Outcome<readonly string[]>>;
}

/** Consul's service mesh, as far as it says where requests for a service go (Consul: config entries, discovery chain). */
export interface Mesh {
  read(kind: MeshEntryKind, service: string, options?: ReadOptions): Promise<Outcome<MeshEntry | undefined>>;
  /** Fails with `conflict` where the entry's modifyIndex is another; 0: where there is one. With Consul's own words (`bad-answer`) where it doesn't fit the others. */
  write(service: string, entry: MeshEntry, options?: CallOptions): Promise<Outcome<void>>;
  /** What Consul takes the service to speak: `tcp` unless told. */
  protocol(service: string, options?: ReadOptions): Promise<Outcome<string>>;
}

export interface RegisterOptions extends CallOptions {
  /** Checks stay that this registration hasn't and a former one had, such as that of maintenance. */
  readonly keepsChecks?: boolean | undefined;
}

/** What clients that are told weights go by where nothing else is said. */
export const NEUTRAL_WEIGHT = 1;

/** How the reason of a maintenance begins that a router set, not a person. */
export const KEPT_BACK = "rollpin: ";
/** In the meta of a registration: its routes send nothing to it, and its maintenance is rollpin's to end. */
export const KEPT_BACK_MARK = "rollpin-kept-back";
/** The same, for one that can't read its service's data: it takes nothing, whatever routes ask. */
export const OFF_MARK = "rollpin-off";

export interface ServiceRegistration {
  readonly id: string;
  readonly service: string;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly meta: Readonly<Record<string, string>>;
  /** Of what clients are sent there while it passes, 1 to 65535; `NEUTRAL_WEIGHT` unless given. */
  readonly weight?: number | undefined;
  readonly check?: ServiceCheck | undefined;
}

/** Checks start as passing: whoever registers has just seen the service ready. */
export interface ServiceCheck {
  readonly kind: "http" | "tcp";
  /** A URL for `http`, `host:port` for `tcp`. */
  readonly target: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface RegisteredService {
  readonly id: string;
  readonly service: string;
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
  /** `NEUTRAL_WEIGHT` unless told. */
  readonly weight?: number | undefined;
}

export interface Endpoint {
  readonly id: string;
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
  /** `NEUTRAL_WEIGHT` unless told. */
  readonly weight?: number | undefined;
}

export interface EndpointReading {
  readonly endpoints: readonly Endpoint[];
  readonly queryIndex: number;
}

export interface CheckedEndpoint extends Endpoint {
  /** All its checks, and its node's, but for the maintenance of a router that sends nothing to it now: it would do well. One that is marked as unable to read its data (`OFF_MARK`) doesn't, whatever its checks say. */
  readonly passing: boolean;
  /** In that maintenance: clients that ask Consul aren't sent there. */
  readonly keptBack?: boolean | undefined;
}

export interface InstancesReading {
  readonly endpoints: readonly CheckedEndpoint[];
  readonly queryIndex: number;
}
