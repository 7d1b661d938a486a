import type { AgentDeps } from "../agent-deps.ts";
import type { Self } from "../loop/determine-intent.ts";

/** What the agent's file says about this instance. */
export function selfOf({ file }: AgentDeps): Self {
  return { service: file.service, track: file.track, localVersion: file.version };
}
