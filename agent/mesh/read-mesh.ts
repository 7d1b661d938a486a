import type { Outcome } from "../../core/model/fault.ts";
import { type MeshEntry, type MeshEntryKind, meshEntryKinds } from "../../core/model/mesh-entries.ts";
import { ok } from "../../core/model/result.ts";
import type { CallOptions, Store } from "../../core/store/port.ts";

/** What stands in Consul's mesh for one service. */
export interface SeenMesh {
  readonly present: Readonly<Partial<Record<MeshEntryKind, MeshEntry>>>;
  readonly protocol: string;
}

export async function readMesh({ mesh }: Pick<Store, "mesh">, service: string, options: CallOptions): Promise<Outcome<SeenMesh>> {
  const protocol = await mesh.protocol(service, options);
  if (!protocol.ok) return protocol;
  const present: Partial<Record<MeshEntryKind, MeshEntry>> = {};
  for (const kind of meshEntryKinds) {
    const read = await mesh.read(kind, service, options);
    if (!read.ok) return read;
    if (read.value !== undefined) present[kind] = read.value;
  }
  return ok({ present, protocol: protocol.value });
}

/** Consul: only these let traffic be split and routed by request. */
const SPLITTABLE: ReadonlySet<string> = new Set(["http", "http2", "grpc"]);

export function isSplittable({ protocol }: SeenMesh): boolean {
  return SPLITTABLE.has(protocol);
}
