/** A store over a memory world: prefix, signals, injected faults. */
import { setMaxListeners } from "node:events";
import type { OperationFailure, Outcome, StoreFault } from "../../model/fault.ts";
import { err, ok } from "../../model/result.ts";
import type { BlockOptions, CallOptions, Catalog, Committed, Entry, Mesh, Operation, Reading, Sessions, Store } from "../port.ts";
import { TRANSACTION, encodeTransaction } from "../transaction-body.ts";
import { type Call, type WantedFault, faultFor } from "./injected-faults.ts";
import { readMeshEntry } from "./mesh.ts";
import { type Row, readPrefix } from "./rows.ts";
import { readHealthy, readInstances, readService } from "./services.ts";
import * as worlds from "./world.ts";

/** What tests may turn while a client is in use. */
export interface ClientControls {
  wakeUps: number;
  outage: WantedFault | undefined;
  next: { readonly fault: WantedFault; readonly applied: boolean } | undefined;
  /** Full prefix that the token may not read: listed as empty, read as denied (Consul's ACLs do just that). */
  hidden: string | undefined;
  /** How far the servers' clock is ahead of this client's. */
  clockOffsetMs: number;
  /** Fires at `close` and whenever an outage begins: parked queries end. */
  interruption: AbortController;
  closed: boolean;
}

export function createClient(world: worlds.World, prefix: string, controls: ClientControls): Store {
  const fullKey = (key: string): string => `${prefix}/${key}`;
  const isHidden = (key: string): boolean => controls.hidden !== undefined && key.startsWith(controls.hidden);

  /** Every call passes here: first the caller's signal, then what tests asked for, then the world. */
  function answer<T>(what: Call, options: CallOptions | undefined, run: () => Outcome<T>): Outcome<T> {
    if (controls.closed || options?.signal?.aborted === true) return err({ kind: "aborted", operation: what.operation });
    const { next } = controls;
    controls.next = undefined;
    if (next !== undefined) {
      if (next.applied) run();
      return err(faultFor(next.fault, what));
    }
    return controls.outage === undefined ? run() : err(faultFor(controls.outage, what));
  }

  const call = async <T>(what: Call, options: CallOptions | undefined, run: () => Outcome<T>): Promise<Outcome<T>> => answer(what, options, run);

  function readFolder(full: string): Reading {
    const { found, queryIndex } = readPrefix(world.rows, full);
    return { entries: isHidden(full) ? [] : found.map((row) => entryOf(row, prefix)), queryIndex, date: world.clock.now() };
  }

  async function blockUntil<T extends { readonly queryIndex: number }>(what: Call, read: () => T, afterIndex: number, options: BlockOptions): Promise<Outcome<T>> {
    // No await before the query is parked: what a test does right after the call must reach it.
    const before = answer(what, options, () => ok(undefined));
    if (!before.ok) return before;
    const stop = linked(controls.interruption.signal, options.signal);
    const ending = await world.waiting.until(read, (reading) => afterIndex <= 0 || reading.queryIndex > afterIndex, { waitMs: options.waitMs, stop: stop.signal });
    stop.unlink();
    if (ending.kind === "answered") return ok(ending.answer);
    if (ending.kind === "changed" && afterIndex > 0) controls.wakeUps += 1;
    return call(what, options, () => ok(read()));
  }

  return {
    prefix,
    clockOffsetMs: () => controls.clockOffsetMs,
    get: (key, options) => {
      const what = { operation: "get", key: fullKey(key) };
      return call<Entry | undefined>(what, options, () => {
        if (isHidden(what.key)) return err({ kind: "denied", ...what, cause: "Permission denied" });
        const row = world.rows.live.get(what.key);
        return ok(row && entryOf(row, prefix));
      });
    },
    list: (folder, options) => call({ operation: "list", key: fullKey(folder) }, options, () => ok(readFolder(fullKey(folder)))),
    keys: (folder, options) => call({ operation: "keys", key: fullKey(folder) }, options, () => ok(readFolder(fullKey(folder)).entries.map((entry) => entry.key))),
    block: (folder, afterIndex, options) => blockUntil({ operation: "watch", key: fullKey(folder) }, () => readFolder(fullKey(folder)), afterIndex, options),
    transact: async (operations, options) => {
      const encoded = encodeTransaction(prefix, operations);
      if (!encoded.ok) return encoded;
      return call<Committed>({ operation: TRANSACTION }, options, () => {
        const done = worlds.transact(world, operations.map((operation): Operation => ({ ...operation, key: fullKey(operation.key) })));
        return done.ok ? ok({ modifyIndex: done.value.modifyIndex, date: world.clock.now() }) : err(conflict(done.fault));
      });
    },
    sessions: sessionsOf(world, call),
    catalog: catalogOf(world, call, blockUntil),
    mesh: meshOf(world, call),
    close: () => {
      controls.closed = true;
      controls.interruption.abort();
    },
  };
}

type Run = <T>(what: Call, options: CallOptions | undefined, run: () => Outcome<T>) => Promise<Outcome<T>>;
type Block = <T extends { readonly queryIndex: number }>(what: Call, read: () => T, afterIndex: number, options: BlockOptions) => Promise<Outcome<T>>;

function sessionsOf(world: worlds.World, call: Run): Sessions {
  return {
    create: (options) => call({ operation: "session create" }, options, () => ok(worlds.createSession(world))),
    renew: (session, options) =>
      call<void>({ operation: "session renew", key: session }, options, () => (world.sessions.has(session) ? ok(undefined) : err({ kind: "no-session", operation: "session renew", session }))),
    destroy: (session, options) => call({ operation: "session destroy", key: session }, options, () => ok(worlds.endSession(world, session))),
  };
}

function catalogOf(world: worlds.World, call: Run, block: Block): Catalog {
  return {
    register: (registration, options) => call({ operation: "service register", key: registration.id }, options, () => ok(worlds.register(world, registration, options?.keepsChecks === true))),
    deregister: (id, options) => call({ operation: "service deregister", key: id }, options, () => ok(worlds.deregister(world, id))),
    read: (id, options) => call({ operation: "service read", key: id }, options, () => ok(readService(world.services, id))),
    maintenance: (id, options) => call({ operation: "maintenance read", key: id }, options, () => ok(world.services.maintained.get(id))),
    maintain: (id, reason, options) =>
      call<void>({ operation: "maintenance", key: id }, options, () => (worlds.maintain(world, id, reason) ? ok(undefined) : err({ kind: "bad-answer", operation: "maintenance", key: id, cause: "unknown service" }))),
    healthy: (service, options) => call({ operation: "endpoints", key: service }, options, () => ok(readHealthy(world.services, service))),
    healthyInstance: (service, id, options) => call({ operation: "endpoint", key: service }, options, () => ok(readHealthy(world.services, service).endpoints.find((endpoint) => endpoint.id === id))),
    blockHealthy: (service, afterIndex, options) => block({ operation: "watch endpoints", key: service }, () => readHealthy(world.services, service), afterIndex, options),
    instances: (service, options) => call({ operation: "instances", key: service }, options, () => ok(readInstances(world.services, service))),
    datacentres: (options) => call({ operation: "datacentres", key: "catalog" }, options, () => ok(["dc1"])),
    blockInstances: (service, afterIndex, options) => block({ operation: "watch instances", key: service }, () => readInstances(world.services, service), afterIndex, options),
  };
}

function meshOf(world: worlds.World, call: Run): Mesh {
  return {
    read: (kind, service, options) => call({ operation: "mesh read", key: `${kind} ${service}` }, options, () => ok(readMeshEntry(world.mesh, kind, service))),
    write: (service, entry, options) => {
      const what = { operation: "mesh write", key: `${entry.kind} ${service}` };
      return call<void>(what, options, () => (worlds.writeMesh(world, service, entry) ? ok(undefined) : err({ kind: "conflict", operation: what.operation, failures: [{ index: 0, key: what.key, what: "somebody else has written it meanwhile" }] })));
    },
    protocol: (service, options) => call({ operation: "mesh read", key: `discovery-chain ${service}` }, options, () => ok(world.mesh.protocols.get(service) ?? "tcp")),
  };
}

function entryOf(row: Row, prefix: string): Entry {
  const { key, value, createIndex, modifyIndex, session } = row;
  return { key: key.slice(prefix.length + 1), value: Buffer.from(value), createIndex, modifyIndex, ...(session === undefined ? {} : { session }) };
}

function conflict(failures: readonly OperationFailure[]): StoreFault {
  return { kind: "conflict", operation: TRANSACTION, failures };
}

/** One signal from two, with a way to let go of them: a long-lived signal must not collect listeners. */
function linked(one: AbortSignal, other: AbortSignal | undefined): { readonly signal: AbortSignal; unlink(): void } {
  const joined = new AbortController();
  const fire = (): void => joined.abort();
  if (one.aborted || other?.aborted === true) fire();
  for (const signal of other === undefined ? [one] : [one, other]) {
    setMaxListeners(0, signal);
    signal.addEventListener("abort", fire);
  }
  return {
    signal: joined.signal,
    unlink: () => {
      one.removeEventListener("abort", fire);
      other?.removeEventListener("abort", fire);
    },
  };
}
