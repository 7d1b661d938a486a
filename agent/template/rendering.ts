import { resolve } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { TemplateSettings } from "../../core/config/agent-file.ts";
import { type Result, err } from "../../core/model/result.ts";
import type { Endpoint } from "../../core/store/port.ts";
import type { Change } from "../appliers/applier.ts";
import { environmentOf } from "../appliers/change-environment.ts";
import { type InstallFault, createInstaller } from "./install.ts";
import { createPendingReload } from "./pending-reload.ts";
import { createRenderer } from "./render.ts";
import { type TargetFile, readTarget } from "./target-file.ts";
import { valuesOf } from "./template-values.ts";

export interface RenderingDependencies {
  /** Of the agent's file: relative paths are relative to it. */
  readonly folder: string;
  /** The agent's state folder. */
  readonly state: string;
  readonly clock: Clock;
  /** The live instances of a service named in `services`; undefined until Consul has told them once. */
  readonly endpoints: (service: string) => readonly Endpoint[] | undefined;
  /** The pins of all tracks, as far as they are known. */
  readonly pins: () => Readonly<Record<string, string>>;
}

/** One template and its target. */
export interface Rendering {
  readonly target: string;
  render(change: Change): Promise<Result<string, string>>;
  /** Renders and puts in place; undefined where the file was so already, else the file as it was before. */
  install(change: Change, signal: AbortSignal): Promise<Result<TargetFile | undefined, InstallFault>>;
  restore(before: TargetFile, change: Change): Promise<Result<void, string>>;
  /** Whether the target still is what was last put there. */
  isInPlace(): Promise<boolean>;
}

export function createRendering(settings: TemplateSettings, dependencies: RenderingDependencies): Rendering {
  const { clock, folder } = dependencies;
  const target = resolve(folder, settings.target);
  const renderer = createRenderer(resolve(folder, settings.source));
  const installer = createInstaller(settings, { folder, target, clock, pending: createPendingReload(dependencies.state, target) });
  let installed: string | undefined;

  const render = async (change: Change): Promise<Result<string, string>> => {
    const endpoints = new Map<string, readonly Endpoint[]>();
    for (const service of settings.services) {
      const known = dependencies.endpoints(service);
      if (known === undefined) return err(`the instances of ${service} are not known yet: Consul has not told them; it is tried again when it has`);
      endpoints.set(service, known);
    }
    return await renderer.render(valuesOf(change, dependencies.pins(), endpoints));
  };

  return {
    target,
    render,
    install: async (change, signal) => {
      const rendered = await render(change);
      if (!rendered.ok) return err({ kind: "refused", message: rendered.fault });
      const placed = await installer.install(rendered.value, environmentOf(change), signal);
      if (placed.ok) installed = rendered.value;
      return placed;
    },
    restore: async (before, change) => {
      installed = before.content?.toString("utf8");
      return await installer.restore(before, environmentOf(change));
    },
    isInPlace: async () => {
      const read = await readTarget(target);
      return read.ok && installed !== undefined && read.value.content?.equals(Buffer.from(installed)) === true;
    },
  };
}
