import { type MeshRouterSettings, routerName } from "../../core/config/router-settings.ts";
import type { CompiledRoutes } from "../../core/decide/routing/compiled-routes.ts";
import { describeShare } from "../../core/decide/routing/describe-share.ts";
import { determineInexpressible } from "../../core/decide/routing/expressible.ts";
import type { RouterRecord } from "../../core/model/router-records.ts";
import { routerKey } from "../../core/store/keys.ts";
import type { AgentDeps } from "../agent-deps.ts";
import { firstOf } from "../process/first-signal.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import type { RecordHolder, UntimedRecord } from "../routers/hold-router-record.ts";
import type { View } from "../routers/view.ts";

const REMOVE_MS = 2_000;

export interface MeshReport {
  /** The mesh is one, so one agent speaks for it: whoever leads, or one that may not where nobody does. The record goes where this one speaks no more. */
  speak(as: Speaker | undefined): void;
  tell(standing: MeshStanding): void;
  /** Undefined where another agent speaks for it, or it is not known yet what to say. */
  told(): UntimedRecord | undefined;
  run(signal: AbortSignal): Promise<void>;
}

type Speaker = "leader" | "barred";

export interface MeshStanding {
  readonly status: Pick<RouterRecord, "status" | "reason">;
  /** The newest that was seen. */
  readonly view: View;
  /** The last by which the entries were found to be right, and what was compiled for it. */
  readonly applied: { readonly view: View; readonly compiled: CompiledRoutes; readonly isSplittable: boolean } | undefined;
  readonly notes: readonly string[];
}

/** Keeps `routers/<upstream>/<router>` true: in sync is what Consul was found to have, not what it was told. */
export function reportMesh(settings: MeshRouterSettings, { instance, log, process }: Pick<AgentDeps, "instance" | "log" | "process">, presence: RecordHolder): MeshReport {
  const { upstream } = settings;
  const name = routerName(settings, instance);
  const flag = createSignalFlag();
  const state: { speaker: Speaker | undefined; told: UntimedRecord | undefined } = { speaker: undefined, told: undefined };
  const writer = presence.holdRecord(routerKey(upstream, name), (isTaken) => {
    // An agent that may not lead speaks for the mesh only where nobody else does.
    if (isTaken && state.speaker === "leader") log.warn({ event: "router-name-taken", upstream, router: name }, `another agent's session holds the record of router ${name} of ${upstream}, so that what this one does is in no receipt. An agent that may not lead lets go of it within seconds; a router of that name that isn't this mesh must be given another "name"`);
  });
  return {
    speak(as) {
      if (as === state.speaker) return;
      state.speaker = as;
      state.told = undefined;
      flag.raise();
    },
    told: () => state.told,
    tell({ applied, notes, status, view }) {
      // What a step comes to that was begun while this agent led.
      if (state.speaker === undefined) return;
      state.told = {
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
      };
      writer.report(state.told);
    },
    async run(signal) {
      while (!signal.aborted) {
        await flag.wait(signal);
        if (state.speaker === undefined || signal.aborted) continue;
        const over = firstOf(signal);
        const writing = writer.run(over.signal);
        writer.hold();
        while (state.speaker !== undefined && !signal.aborted) await flag.wait(signal);
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
