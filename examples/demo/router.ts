/** What clients ask: the built-in router of an agent, or a real HAProxy that an agent steers. */
import { type Result, ok } from "../../core/model/result.ts";
import type { RouterKind } from "./arguments.ts";
import { startHaproxy } from "./haproxy.ts";
import type { OpenedRouter, RouterWanted } from "./opened-router.ts";

export function openRouter(kind: RouterKind, wanted: RouterWanted): Promise<Result<OpenedRouter, string>> {
  return kind === "haproxy" ? startHaproxy(wanted) : Promise.resolve(ok(BUILT_IN));
}

/** On a free port: its record in Consul says which. */
const BUILT_IN: OpenedRouter = { what: "one that routes", entry: { file: "router.yaml", own: { listen: "127.0.0.1:0" } }, pids: [], stop: () => Promise.resolve() };
