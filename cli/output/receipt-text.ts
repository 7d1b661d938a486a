import type { Receipt, ServiceReceipt, Standing } from "../../core/model/receipt.ts";
import type { Screen } from "./screen.ts";
import { wrapLines } from "./table.ts";

const MOST_NAMED = 20;

/** `412/415 applied in 0.9 s, 2 lagging, 1 unknown`, then each that did not apply it, with why. */
export function receiptText(receipt: Receipt, screen: Screen): string {
  return receipt.services.flatMap((service) => serviceLines(service, receipt, screen)).join("\n");
}

/** The line that a person reads first. */
function receiptLine(service: ServiceReceipt, elapsedMs: number): string {
  const all = service.applied + service.lagging + service.unknown;
  if (all === 0) return service.left === 0 ? "no instance is there to apply it" : `all ${service.left} instances have left`;
  const rest = (["lagging", "left", "unknown"] as const).filter((kind) => service[kind] > 0).map((kind) => `, ${service[kind]} ${kind}`);
  return `${service.applied}/${all} applied in ${seconds(elapsedMs)}${rest.join("")}`;
}

/** One line while waiting, over all services. */
export function progressLine(receipt: Receipt): string {
  return receipt.services.map((service) => `${service.service} ${service.applied}/${service.applied + service.lagging + service.unknown}`).join(", ");
}

export function totals(receipt: Receipt): { readonly applied: number; readonly all: number } {
  const applied = receipt.services.reduce((sum, service) => sum + service.applied, 0);
  const all = receipt.services.reduce((sum, service) => sum + service.applied + service.lagging + service.unknown, 0);
  return { applied, all };
}

/** Whether every instance that must applied it. No instance at all isn't that (exit 5), and `left` is settled. */
export function isComplete(receipt: Receipt): boolean {
  return receipt.services.every(isClean);
}

function isClean({ applied, lagging, routers, unknown }: ServiceReceipt): boolean {
  return applied > 0 && lagging === 0 && unknown === 0 && Object.values(routers).every(isSettled);
}

const isSettled = ({ kind }: Standing<unknown>): boolean => kind === "applied" || kind === "left";

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

function serviceLines(service: ServiceReceipt, receipt: Receipt, screen: Screen): readonly string[] {
  const line = `${service.service} revision ${service.revision}: ${receiptLine(service, receipt.elapsedMs)}${routersPart(service)}`;
  const routers = Object.entries(service.routers).map(([name, standing]) => [`router ${name}`, standing] as const);
  const short = [...Object.entries(service.instances), ...routers].filter(([, standing]) => !isSettled(standing));
  const named = short.slice(0, MOST_NAMED).map(([name, standing]) => wrapLines(`  ${name}: ${whyNot(standing)}`, screen.columns, "    "));
  const more = short.length > MOST_NAMED ? [`  and ${short.length - MOST_NAMED} more: rollpin status ${service.service} -o json`] : [];
  return [screen.paint(isClean(service) ? "green" : "yellow", line), ...named, ...more];
}

function routersPart({ routers }: ServiceReceipt): string {
  const standings = Object.values(routers).filter(({ kind }) => kind !== "left");
  if (standings.length === 0) return "";
  return `, ${standings.filter(({ kind }) => kind === "applied").length}/${standings.length} router${standings.length === 1 ? "" : "s"}`;
}

function whyNot(standing: Standing<unknown>): string {
  switch (standing.kind) {
    case "applied":
      return "applied";
    case "lagging":
      return standing.why;
    case "left":
      return "left";
    case "unknown":
      return `unknown: its session is lost; last seen ${standing.lastSeen}. Look at its agent and node`;
  }
}
