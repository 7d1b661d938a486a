import { type RememberedLeaver, leaveRemembered } from "../leave-remembered.ts";
import type { Control, ControlDeps } from "./parts.ts";

/** What a restored Consul has forgotten is told to it again: what was applied, releases, and the place in the catalog. */
export function outliveRestore({ agent, memory, onFault, presence }: ControlDeps, control: () => Control): RememberedLeaver {
  return leaveRemembered({
    ...agent,
    service: agent.file.service,
    remembered: () => memory.remembered(),
    onFault,
    onRestored: () => {
      control().releases.registerAgain();
      presence.doubt();
    },
  });
}
