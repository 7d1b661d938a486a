/** What Consul's service mesh is told of one service (Consul: config entries), in Consul's own words. */
import { type Json, type JsonObject, isList } from "./json.ts";

/** In the order in which they are met with on the way to an instance, last first: each names what those before it have. */
export const meshEntryKinds = ["service-resolver", "service-splitter", "service-router"] as const;
export type MeshEntryKind = (typeof meshEntryKinds)[number];

/** One entry as Consul has it. */
export interface MeshEntry {
  readonly kind: MeshEntryKind;
  readonly meta: Readonly<Record<string, string>>;
  /** The rest but kind and name, such as `Subsets`. */
  readonly fields: JsonObject;
  /** Its CAS token: compared for equality only. */
  readonly modifyIndex: number;
}

/** What rollpin says in an entry, and no more: all else there is other people's. */
export const OWN_FIELDS: Readonly<Record<MeshEntryKind, readonly string[]>> = {
  "service-resolver": ["DefaultSubset", "Subsets", "Redirect"],
  "service-splitter": ["Splits"],
  "service-router": ["Routes"],
};

/** Entries that say nothing: Consul sends as if they weren't there. */
export const NEUTRAL_FIELDS: Readonly<Record<MeshEntryKind, JsonObject>> = {
  "service-resolver": {},
  "service-splitter": { Splits: [{ Weight: 100 }] },
  "service-router": {},
};

/** Consul writes its own namespace and partition into what it was given without. */
const ADDED: ReadonlySet<string> = new Set(["Namespace", "Partition"]);

/** Whether an entry says the same, as far as it is rollpin's to say: what is empty may as well be left out. */
export function isSaidAlike(kind: MeshEntryKind, one: JsonObject, other: JsonObject): boolean {
  return JSON.stringify(ownOf(kind, one)) === JSON.stringify(ownOf(kind, other));
}

function ownOf(kind: MeshEntryKind, fields: JsonObject): readonly (Json | undefined)[] {
  return OWN_FIELDS[kind].map((name) => plain(fields[name]));
}

function plain(json: Json | undefined): Json | undefined {
  if (json === undefined || json === null || json === "" || json === false) return undefined;
  if (typeof json !== "object") return json;
  if (isList(json)) return json.length === 0 ? undefined : json.map((one) => plain(one) ?? null);
  const kept = Object.entries(json).flatMap(([name, value]): readonly (readonly [string, Json])[] => {
    const said = ADDED.has(name) ? undefined : plain(value);
    return said === undefined ? [] : [[name, said]];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
