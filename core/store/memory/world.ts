/** One Consul in memory: rows, sessions, services, one index over all of them. Knows nothing of clients or prefixes. */
import type { Clock } from "../../clock.ts";
import type { OperationFailure } from "../../model/fault.ts";
import { type Result, err, ok } from "../../model/result.ts";
import type { Operation, ServiceRegistration } from "../port.ts";
import type { MeshEntry } from "../../model/mesh-entries.ts";
import { type MeshEntries, copyMeshEntries, createMeshEntries, writeMeshEntry } from "./mesh.ts";
import { type Row, type Rows, copyRows, createRows, writeRow } from "./rows.ts";
import { type Services, copyServices, createServices } from "./services.ts";
import { type Changed, applyTransaction, commit } from "./transaction.ts";
import { type Waiting, createWaiting } from "./waiting.ts";

export interface Snapshot {
  readonly index: number;
  readonly rows: Rows;
  readonly services: Services;
  readonly mesh: MeshEntries;
  readonly sessions: ReadonlySet<string>;
}

export interface World {
  readonly clock: Clock;
  readonly waiting: Waiting;
  rows: Rows;
  services: Services;
  mesh: MeshEntries;
  sessions: Set<string>;
  /** Raft's: every write takes the next. */
  index: number;
  sessionsMade: number;
}

export function createWorld(clock: Clock): World {
  return { clock, waiting: createWaiting(clock), rows: createRows(), services: createServices(), mesh: createMeshEntries(), sessions: new Set(), index: 10, sessionsMade: 0 };
}

export function transact(world: World, operations: readonly Operation[]): Result<Changed, readonly OperationFailure[]> {
  const done = applyTransaction(world.rows, operations, world.sessions, world.index + 1);
  if (!done.ok) return err(done.fault);
  world.index += 1;
  if (done.value.keys.length > 0) world.waiting.recheck();
  return ok(done.value);
}

/** A write that checks nothing, as `consul kv put`. */
export function put(world: World, key: string, value: Buffer): void {
  const existing = world.rows.live.get(key);
  writeRows(world, new Map([[key, writeRow(existing, { key, value, lockIndex: 0, session: existing?.session }, world.index + 1)]]));
}

export function createSession(world: World): string {
  world.sessionsMade += 1;
  const id = `00000000-0000-4000-8000-${String(world.sessionsMade).padStart(12, "0")}`;
  world.sessions.add(id);
  return id;
}

/** Destroyed or expired: its keys stay, unheld, at a new index. */
export function endSession(world: World, session: string): void {
  if (!world.sessions.delete(session)) return;
  const held = [...world.rows.live.values()].filter((row) => row.session === session);
  writeRows(world, new Map(held.map((row) => [row.key, { ...row, session: undefined, modifyIndex: world.index + 1 }])));
}

export function register(world: World, registration: ServiceRegistration, keepsChecks: boolean): void {
  world.services.registered.set(registration.id, registration);
  if (!keepsChecks) world.services.maintained.delete(registration.id);
  serviceChanged(world, registration.service);
}

export function deregister(world: World, id: string): void {
  const found = world.services.registered.get(id);
  if (found === undefined) return;
  world.services.registered.delete(id);
  world.services.failing.delete(id);
  world.services.maintained.delete(id);
  serviceChanged(world, found.service);
}

/** Answers whether there is such a service. */
export function maintain(world: World, id: string, reason: string | undefined): boolean {
  const found = world.services.registered.get(id);
  if (found === undefined) return false;
  if (reason === undefined) world.services.maintained.delete(id);
  else if (!world.services.maintained.has(id)) world.services.maintained.set(id, reason);
  serviceChanged(world, found.service);
  return true;
}

export function setPassing(world: World, id: string, passing: boolean): void {
  const found = world.services.registered.get(id);
  if (found === undefined) throw new Error(`no service is registered as ${id}`);
  if (passing) world.services.failing.delete(id);
  else world.services.failing.add(id);
  serviceChanged(world, found.service);
}

/** Whether it was written. */
export function writeMesh(world: World, service: string, entry: MeshEntry): boolean {
  const isWritten = writeMeshEntry(world.mesh, service, entry, world.index + 1);
  if (isWritten) world.index += 1;
  return isWritten;
}

export function takeSnapshot(world: World): Snapshot {
  return { index: world.index, rows: copyRows(world.rows), services: copyServices(world.services), mesh: copyMeshEntries(world.mesh), sessions: new Set(world.sessions) };
}

/** Parked queries answer once more with the data from before; whoever asks afterwards gets the restored. */
export function restore(world: World, snapshot: Snapshot): void {
  world.waiting.answerAsIs();
  world.index = snapshot.index;
  world.rows = copyRows(snapshot.rows);
  world.services = copyServices(snapshot.services);
  world.mesh = copyMeshEntries(snapshot.mesh);
  world.sessions = new Set(snapshot.sessions);
}

function writeRows(world: World, draft: ReadonlyMap<string, Row>): void {
  world.index += 1;
  if (commit(world.rows, draft, world.index).length > 0) world.waiting.recheck();
}

function serviceChanged(world: World, service: string): void {
  world.index += 1;
  world.services.changedAt.set(service, world.index);
  world.waiting.recheck();
}
