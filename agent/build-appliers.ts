import type { Endpoint } from "../core/store/port.ts";
import type { AgentDeps } from "./agent-deps.ts";
import type { Applier } from "./appliers/applier.ts";
import { createExecApplier } from "./appliers/exec.ts";
import { type ProcessApplier, createProcessApplier } from "./appliers/process.ts";
import { type TemplateApplier, createTemplateApplier } from "./appliers/template.ts";
import type { LeadKeeper } from "./lead/keep-lead.ts";
import { createLedApplier } from "./lead/led-applier.ts";
import { linkHomes } from "./releases/find-artifacts.ts";
import type { ProcessDeps } from "./process/deps.ts";

export interface BuiltAppliers {
  /** In the order of the agent's file. */
  readonly all: readonly Applier[];
  /** The one among them that supervises the process. */
  readonly process: ProcessApplier | undefined;
  readonly templates: readonly TemplateApplier[];
}

export interface ApplierHooks extends Pick<ProcessDeps, "announce" | "onChange"> {
  readonly onProcessEvent: ProcessDeps["log"];
  readonly endpoints: (service: string) => readonly Endpoint[] | undefined;
  readonly pins: () => Readonly<Record<string, string>>;
  /** Where one agent acts for the whole service. */
  readonly lead: LeadKeeper | undefined;
}

/** From the agent's file to appliers. */
export function buildAppliers(deps: AgentDeps, hooks: ApplierHooks): BuiltAppliers {
  const { clock, file, folder, log } = deps;
  const { endpoints, lead, pins } = hooks;
  const templates: TemplateApplier[] = [];
  let process: ProcessApplier | undefined;
  const all = file.appliers.map((settings): Applier => {
    if ("exec" in settings) return createExecApplier(settings.exec, { folder, clock, log, mayRun: lead?.isHeld });
    if ("process" in settings) return (process = createProcessApplier(processDeps(deps, settings.process, hooks)));
    const template = createTemplateApplier(settings.template, { folder, state: deps.stateFolder, clock, log, endpoints, pins });
    templates.push(template);
    return template;
  });
  return { all: lead === undefined ? all : [createLedApplier({ lead, appliers: all, tries: file.tries })], process, templates };
}

function processDeps({ clock, environment, file, folder, inbound, instance, random, stateFolder }: AgentDeps, settings: ProcessDeps["settings"], hooks: ApplierHooks): ProcessDeps {
  const { announce, onChange, onProcessEvent: log } = hooks;
  const { service, track } = file;
  const drained: ProcessDeps["drained"] = async ({ port }, signal) => (inbound === undefined || port === undefined ? clock.sleep(settings.drain, signal) : inbound.drained(port, signal));
  const linksInto = linkHomes(file.releases, folder);
  return { settings, drained, folder, linksInto, stateFolder, environment, service, instance, track, clock, random, announce, onChange, log };
}
