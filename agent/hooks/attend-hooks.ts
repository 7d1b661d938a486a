import type { StoreFault } from "../../core/model/fault.ts";
import type { AgentDeps } from "../agent-deps.ts";
import type { Intent } from "../loop/intent.ts";
import type { HookKeeper } from "./keep-hooks.ts";

export interface AttendDeps {
  readonly agent: AgentDeps;
  readonly presence: { session(): string | undefined };
  readonly onFault: (fault: StoreFault) => void;
}

/** Nothing of it is loaded where the agent's file has no hooks. */
export function attendHooks({ agent, onFault, presence }: AttendDeps, intent: () => Intent): HookKeeper {
  let keeper: HookKeeper | undefined;
  const operation = (): string | undefined => {
    const now = intent();
    return now.kind === "consul" ? now.operation : undefined;
  };
  return {
    lookSoon: () => keeper?.lookSoon(),
    async run(signal) {
      const { hooks: settings, service } = agent.file;
      if (settings === undefined) return;
      const { keepHooks } = await import("./keep-hooks.ts");
      keeper = keepHooks({ ...agent, service, settings, session: () => presence.session(), operation, onFault });
      await keeper.run(signal);
    },
  };
}
