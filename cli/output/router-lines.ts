import { NOBODY_LEADS } from "../../core/model/router-records.ts";
import type { RouterStatusValue, ServiceStatus } from "../status/determine-status.ts";
import { percent } from "./percent.ts";
import { type Screen, visible } from "./screen.ts";
import { wrap, wrapLines } from "./table.ts";

const MOST_NAMED = 5;

/** `router edge-1: 25% to 2.0.0, 75% to 1.4.2; served 24.8% by 2.0.0, 75.2% by 1.4.2`, and what is wrong with it. */
export function routerLines({ routers, service }: ServiceStatus, screen: Screen): readonly string[] {
  const shown = routers.slice(0, MOST_NAMED).flatMap((router) => linesOf(router, screen));
  const more = routers.length - MOST_NAMED;
  return more > 0 ? [...shown, screen.paint("dim", `  and ${more} more routers: rollpin status ${service} -o json`)] : shown;
}

function linesOf(router: RouterStatusValue, screen: Screen): readonly string[] {
  const line = wrap(visible(`  router ${router.router}${leadText(router)}${splitText(router)}${servedText(router)}`), screen.columns, "    ");
  return [screen.paint(router.inSync ? "dim" : "yellow", line), ...problemsOf(router).map((problem) => screen.paint("yellow", wrapLines(visible(`  ! router ${router.router}: ${problem}`), screen.columns, "    ")))];
}

/** Of several agents that look after the mesh one leads: its record is that one's. */
function leadText({ instance, kind, reason }: RouterStatusValue): string {
  if (kind !== "mesh" && kind !== "mesh-tcp") return "";
  return reason?.code === NOBODY_LEADS ? ", led by nobody" : `, led by ${instance}`;
}

function splitText({ split }: RouterStatusValue): string {
  const shares = split.filter(({ wanted }) => wanted > 0).map(({ to, wanted }) => `${percent(wanted)} to ${to ?? "nobody"}`);
  return shares.length === 0 ? "" : `: ${shares.join(", ")}`;
}

function servedText({ served }: RouterStatusValue): string {
  if (served === undefined) return "";
  const parts = Object.entries(served).sort(([, one], [, other]) => other - one);
  return `; served ${parts.map(([version, part]) => `${percent(part)} by ${version}`).join(", ")}`;
}

function problemsOf({ live, notes, reason, revision, status }: RouterStatusValue): readonly string[] {
  if (!live) return ["its session is lost, nobody knows what it serves. Look at its agent and node"];
  return [...(status === "in-sync" ? [] : [`${status} at revision ${revision}: ${reason?.message ?? "it gives no reason; look at its agent's log"}`]), ...notes];
}
