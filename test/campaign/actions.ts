import type { Action, ActionKind } from "./schedule.ts";
import { SERVICES } from "./world.ts";

type Command = Exclude<ActionKind, "hand-flip">;

/** How long an operator waits for instances: faults come and go meanwhile. */
const WAIT = ["--timeout", "5s"];

/** Rollbacks don't condemn here, so that there is always something to go back to. */
const words: Readonly<Record<Command, (action: Action) => readonly string[]>> = {
  pin: ({ service, version }) => ["pin", service, version, ...WAIT],
  config: ({ service, version }) => ["config", "set", service, "--text", `limit: ${version.replaceAll(".", "")}`, ...WAIT],
  rollback: ({ service }) => ["rollback", service, "--no-condemn", ...WAIT],
  "group-rollback": () => ["rollback", ...SERVICES, "--no-condemn", ...WAIT],
  undo: ({ service }) => ["undo", service, ...WAIT],
  restart: ({ service }) => ["restart", service, ...WAIT],
  freeze: ({ service }) => ["freeze", service, "--for", "3s"],
};

export function wordsOf(action: Action & { readonly kind: ActionKind }): readonly string[] {
  if (action.kind === "hand-flip") throw new Error("a flip by hand is no command");
  return words[action.kind](action);
}
