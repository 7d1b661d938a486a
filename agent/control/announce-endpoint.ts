import { err, ok } from "../../core/model/result.ts";
import type { ProcessDeps } from "../process/deps.ts";
import type { ControlDeps } from "./parts.ts";

/**
 * How clients come to know of a process. With an inbound port they are there already: what is new goes to the new process
 * from now on, and the catalog, which shows the same port as before, may learn of the version later.
 */
export function announceEndpoint({ agent: { inbound }, presence: { registration } }: ControlDeps, onAnnounced: () => void): ProcessDeps["announce"] {
  if (inbound === undefined) {
    return async (endpoint) => {
      const announced = (await registration?.announce(endpoint)) ?? ok(undefined);
      onAnnounced();
      return announced;
    };
  }
  return async ({ port, version }) => {
    if (port === undefined) return err({ message: "a process behind an inbound port needs a port of its own: put {{port}} into its command", isPassing: false });
    const routed = await inbound.route(version, port);
    if (routed.ok) registration?.showSoon({ version, port: inbound.port });
    onAnnounced();
    return routed.ok ? routed : err({ message: routed.fault, isPassing: false });
  };
}
