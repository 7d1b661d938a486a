import { type EndpointFollower, followEndpoints } from "../template/follow-endpoints.ts";
import type { Control, ControlDeps } from "./parts.ts";

/** Templates that read other services' instances are rendered again when those change. Undefined where none does. */
export function refreshTemplates({ agent, onFault }: ControlDeps, control: () => Control): EndpointFollower | undefined {
  const { clock, file, log, random, store } = agent;
  const services = [...new Set(file.appliers.flatMap((applier) => ("template" in applier ? applier.template.services : [])))];
  if (services.length === 0) return undefined;
  const refresh = async (signal: AbortSignal): Promise<void> => {
    for (const template of control().appliers.templates) {
      const refreshed = await template.refresh(signal);
      if (!refreshed.ok) log.warn({ event: "template" }, refreshed.fault.message);
    }
  };
  return followEndpoints({ store, clock, random, services, onFault, onChange: (signal) => void refresh(signal) });
}
