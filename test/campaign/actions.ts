import { join } from "node:path";
import type { Action, ActionKind } from "./schedule.ts";
import { type CampaignAgent, SERVICES, VERSIONS, type World } from "./world.ts";

type Command = Exclude<ActionKind, "hand-flip">;

/** How long an operator waits for instances: faults come and go meanwhile. */
const WAIT = ["--timeout", "5s"];
const TOLD = ["--yes", "-o", "json"];
const PACES = ["1", "50%", "all"] as const;

/** Rollbacks don't condemn here, so that there is always something to go back to. */
const words: Readonly<Record<Command, (action: Action, world: World) => readonly string[]>> = {
  pin: ({ service, version }) => ["pin", service, version, ...WAIT, ...TOLD],
  config: ({ service, version }) => ["config", "set", service, "--text", `limit: ${version.replaceAll(".", "")}`, ...WAIT, ...TOLD],
  rollback: ({ service }) => ["rollback", service, "--no-condemn", ...WAIT, ...TOLD],
  "group-rollback": () => ["rollback", ...SERVICES, "--no-condemn", ...WAIT, ...TOLD],
  undo: ({ service }) => ["undo", service, ...WAIT, ...TOLD],
  restart: ({ service }) => ["restart", service, ...WAIT, ...TOLD],
  freeze: ({ service }) => ["freeze", service, "--for", "3s", ...TOLD],
  unfreeze: ({ service }) => ["unfreeze", service, ...TOLD],
  pace: ({ service, version }) => ["pace", service, PACES[VERSIONS.findIndex((one) => one === version)] ?? "all", ...TOLD],
  condemn: ({ service, version }) => ["release", "condemn", service, version, ...TOLD],
  clear: ({ service, version }) => ["release", "clear", service, version, ...TOLD],
  "local-pin": (action, world) => ["agent", "pin", action.version, "--local", ...WAIT, "-c", fileOf(action, world)],
  "local-unpin": (action, world) => ["agent", "unpin", "--local", ...WAIT, "-c", fileOf(action, world)],
};

function fileOf(action: Action, world: World): string {
  return join(hostOf(action, world)?.folder ?? "", "rollpin.yaml");
}

/** Where a version is pinned on a host: on that of the service's first agent. Undefined for what is told to Consul. */
export function hostOf({ kind, service }: Action, { agents }: World): CampaignAgent | undefined {
  return kind === "local-pin" || kind === "local-unpin" ? agents.find((agent) => agent.service === service) : undefined;
}

export function wordsOf(action: Action & { readonly kind: ActionKind }, world: World): readonly string[] {
  if (action.kind === "hand-flip") throw new Error("a flip by hand is no command");
  return words[action.kind](action, world);
}
