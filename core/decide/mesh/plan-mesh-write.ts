import { type Json, type JsonObject, isList, isObject } from "../../model/json.ts";
import { type MeshEntry, type MeshEntryKind, NEUTRAL_FIELDS, OWN_FIELDS, isSaidAlike, meshEntryKinds } from "../../model/mesh-entries.ts";
import type { WantedMesh } from "./determine-mesh.ts";

export interface MeshState {
  readonly service: string;
  readonly present: Readonly<Partial<Record<MeshEntryKind, MeshEntry>>>;
  readonly wanted: Pick<WantedMesh, "alive" | "fields">;
  /** The store's, by which entries are known to be of this rollpin. */
  readonly prefix: string;
  /** Of the desired state that this is wanted by. */
  readonly revision: number;
  /** Entries of others that it may go on with. */
  readonly adopt: readonly MeshEntryKind[];
}

export type MeshPlan =
  | { readonly kind: "rest" }
  /** `modifyIndex`: of what it replaces, 0 where nothing may be there. */
  | { readonly kind: "write"; readonly entry: MeshEntry }
  | { readonly kind: "refuse"; readonly code: string; readonly message: string };

/** In an entry's meta: whose it is, and the newest revision that it was changed for. */
const PREFIX = "rollpin-prefix";
const GENERATION = "rollpin-generation";

/**
 * The next write on the way to what is wanted, one at a time, each made from what was read after the one before. At every step all
 * subsets that are named are there, and nothing is sent to a default that nobody of lives at. So the resolver goes first where its
 * default has died or a subset is missing, and last where it only moves or drops some; splitter and router are in between.
 */
export function planMeshWrite(state: MeshState): MeshPlan {
  for (const kind of meshEntryKinds) {
    const refusal = refusalOf(kind, state);
    if (refusal !== undefined) return refusal;
  }
  const first = resolverBefore(state);
  if (first !== undefined) return write("service-resolver", first, state);
  const next = (["service-splitter", "service-router", "service-resolver"] as const).find((kind) => !isSaid(kind, state.wanted.fields[kind], state));
  return next === undefined ? { kind: "rest" } : write(next, state.wanted.fields[next], state);
}

function isSaid(kind: MeshEntryKind, fields: JsonObject, { present }: MeshState): boolean {
  return isSaidAlike(kind, present[kind]?.fields ?? NEUTRAL_FIELDS[kind], fields);
}

/** What the resolver has to say before splitter or router may change; undefined where it may come after them. */
function resolverBefore(state: MeshState): JsonObject | undefined {
  const { present, wanted } = state;
  const others = (["service-splitter", "service-router"] as const).filter((kind) => !isSaid(kind, wanted.fields[kind], state));
  if (others.length === 0) return undefined;
  const now = present["service-resolver"]?.fields ?? NEUTRAL_FIELDS["service-resolver"];
  const next = wanted.fields["service-resolver"];
  const [had, has] = [subsetsOf(now), subsetsOf(next)];
  const usedNow = others.flatMap((kind) => namedIn(present[kind]?.fields));
  const isDefaultAlive = wanted.alive.has(defaultOf(now));
  const lacks = others.flatMap((kind) => namedIn(wanted.fields[kind])).some((name) => !Object.hasOwn(had, name));
  if (isDefaultAlive && !lacks) return undefined;
  const kept = defaultOf(isDefaultAlive ? now : next);
  const before = { ...next, DefaultSubset: kept, Subsets: { ...pick(had, [...usedNow, kept]), ...has } };
  return isSaid("service-resolver", before, state) ? undefined : before;
}

/** Empty where it is any instance. */
function defaultOf({ DefaultSubset: name }: JsonObject): string {
  return typeof name === "string" ? name : "";
}

function subsetsOf(fields: JsonObject): JsonObject {
  const subsets = fields["Subsets"];
  return isObject(subsets) ? subsets : {};
}

function pick(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

/** Every subset that splits or routes name. */
function namedIn(json: Json | undefined): readonly string[] {
  if (isList(json)) return json.flatMap(namedIn);
  if (!isObject(json)) return [];
  return Object.entries(json).flatMap(([name, value]) => (name === "ServiceSubset" && typeof value === "string" && value !== "" ? [value] : namedIn(value)));
}

/** What others say in it stays. */
function write(kind: MeshEntryKind, fields: JsonObject, { prefix, present, revision }: MeshState): MeshPlan {
  const former = present[kind];
  const others = Object.entries(former?.fields ?? {}).filter(([name]) => !OWN_FIELDS[kind].includes(name));
  const meta = { ...former?.meta, [PREFIX]: prefix, [GENERATION]: String(revision) };
  return { kind: "write", entry: { kind, meta, fields: { ...Object.fromEntries(others), ...fields }, modifyIndex: former?.modifyIndex ?? 0 } };
}

function refusalOf(kind: MeshEntryKind, { adopt, prefix, present, revision, service }: MeshState): MeshPlan | undefined {
  const entry = present[kind];
  if (entry === undefined) return undefined;
  const refuse = (code: string, message: string): MeshPlan => ({ kind: "refuse", code, message: `Consul's ${kind} ${service} ${message}` });
  const { [GENERATION]: generation, [PREFIX]: owner } = entry.meta;
  if (entry.meta["external-source"] !== undefined) return refuse("foreign-entry", `is kept by ${entry.meta["external-source"]} (its meta's external-source), which would put it back: nothing is written. Change it there, or have that let go of it`);
  if (owner === undefined && adopt.includes(kind)) return undefined;
  if (owner === undefined) return refuse("foreign-entry", `is not of rollpin's making, and nothing is written. Delete it (consul config delete -kind ${kind} -name ${service}), or let rollpin go on with it: adopt: [${kind}]`);
  if (owner !== prefix) return refuse("foreign-entry", `is kept by the rollpin of prefix ${owner}, this one has ${prefix}: nothing is written. One of them has to leave its mesh router out`);
  if (/^\d{1,15}$/.test(generation ?? "") && Number(generation) > revision) return refuse("newer-entry", `was written for revision ${generation}, and this agent knows of ${revision} only: nothing is written until it knows more`);
  return undefined;
}
