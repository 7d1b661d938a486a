import type { MeshRouterSettings } from "../../core/config/router-settings.ts";
import type { CompiledRoutes } from "../../core/decide/routing/compiled-routes.ts";
import { describeShare } from "../../core/decide/routing/describe-share.ts";
import { determineInexpressible } from "../../core/decide/routing/expressible.ts";
import type { RouterRecord } from "../../core/model/records.ts";
import type { AgentDeps } from "../agent-deps.ts";
import { firstOf } from "../process/first-signal.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { type RecordHolder, type UntimedRecord, holdRouterRecord } from "../routers/hold-router-record.ts";
import type { View } from "../routers/view.ts";

/** Whoever leads writes it: the mesh is one, however many agents look after it. */
const MESH_NAME = "mesh";

const REMOVE_MS = 2_000;

export interface MeshReport {
  /** Where this agent leads no more, the record goes. */
  readonly lead: (isOwn: boolean) => void;
  tell(standing: MeshStanding): void;
  run(signal: AbortSignal): Promise<void>;
}

export interface MeshStanding {
  readonly status: Pick<RouterRecord, "status" | "reason">;
  /** The newest that was seen. */
  readonly view: View;
  /** The last by which the entries were found to be right, and what was compiled for it. */
  readonly applied: { readonly view: View; readonly compiled: CompiledRoutes; readonly isSplittable: boolean } | undefined;
  readonly notes: readonly string[];
}

/** Keeps `routers/<upstream>/<router>` true: in sync is what Consul was found to have, not what it was told. */
export function reportMesh({ name = MESH_NAME, upstream }: MeshRouterSettings, { instance, log, process }: Pick<AgentDeps, "instance" | "log" | "process">, presence: RecordHolder): MeshReport {
  const writer = holdRouterRecord(presence, upstream, name, log);
  const flag = createSignalFlag();
  const state = { isLeading: false };
  return {
    lead(isOwn) {
      state.isLeading = isOwn;
      flag.raise();
    },
    tell({ applied, notes, status, view }) {
      writer.report({
        service: upstream,
        router: name,
        kind: kindOf(applied?.isSplittable),
        ...status,
        revision: applied?.view.revision ?? 0,
        digest: applied?.view.digest ?? "",
        seen: view.revision,
        split: applied?.compiled.split.shares.map(describeShare) ?? [],
        notes: [...determineInexpressible(view.routes, kindOf(applied?.isSplittable)), ...(applied?.compiled.notes ?? []), ...notes],
        instances: view.facts.instances.filter(({ passing }) => passing).length,
        instance,
        ...process,
      } satisfies UntimedRecord);
    },
    async run(signal) {
      while (!signal.aborted) {
        await flag.wait(signal);
        if (!state.isLeading || signal.aborted) continue;
        const over = firstOf(signal);
        const writing = writer.run(over.signal);
        writer.hold();
        while (state.isLeading && !signal.aborted) await flag.wait(signal);
        over.fire();
        await writing;
        await writer.remove(AbortSignal.timeout(REMOVE_MS));
      }
    },
  };
}

function kindOf(isSplittable = true): "mesh" | "mesh-tcp" {
  return isSplittable ? "mesh" : "mesh-tcp";
}
