/** The mesh's config entries of the memory world. They aren't held to each other, as Consul's are. */
import type { MeshEntry, MeshEntryKind } from "../../model/mesh-entries.ts";

export interface MeshEntries {
  readonly entries: Map<string, MeshEntry>;
  /** By service; what isn't here speaks `tcp`. */
  readonly protocols: Map<string, string>;
}

export function createMeshEntries(): MeshEntries {
  return { entries: new Map(), protocols: new Map() };
}

export function copyMeshEntries({ entries, protocols }: MeshEntries): MeshEntries {
  return { entries: new Map(entries), protocols: new Map(protocols) };
}

export function readMeshEntry({ entries }: MeshEntries, kind: MeshEntryKind, service: string): MeshEntry | undefined {
  return entries.get(keyOf(kind, service));
}

/** Whether it was written: not where the present one has another index. */
export function writeMeshEntry({ entries }: MeshEntries, service: string, entry: MeshEntry, index: number): boolean {
  const key = keyOf(entry.kind, service);
  if ((entries.get(key)?.modifyIndex ?? 0) !== entry.modifyIndex) return false;
  entries.set(key, { ...entry, modifyIndex: index });
  return true;
}

const keyOf = (kind: MeshEntryKind, service: string): string => `${kind} ${service}`;
