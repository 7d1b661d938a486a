import type { InstanceStanding, Receipt, RouterStanding } from "../../core/model/receipt.ts";

/** A receipt as `-o json` shows it. */
export function receiptValue(receipt: Receipt) {
  return {
    state: receipt.state,
    elapsedMs: Math.round(receipt.elapsedMs),
    services: receipt.services.map((service) => ({
      service: service.service,
      revision: service.revision,
      applied: service.applied,
      lagging: service.lagging,
      left: service.left,
      unknown: service.unknown,
      instances: Object.fromEntries(Object.entries(service.instances).map(([name, standing]) => [name, standingValue(standing)])),
      ...(Object.keys(service.routers).length === 0 ? {} : { routers: Object.fromEntries(Object.entries(service.routers).map(([name, standing]) => [name, routerValue(standing)])) }),
    })),
  };
}

function standingValue(standing: InstanceStanding) {
  switch (standing.kind) {
    case "applied":
      return { standing: standing.kind, version: standing.record.version };
    case "lagging":
      return { standing: standing.kind, version: standing.record.version, status: standing.record.status, why: standing.why };
    case "left":
      return { standing: standing.kind };
    case "unknown":
      return { standing: standing.kind, lastSeen: standing.lastSeen };
  }
}

function routerValue(standing: RouterStanding) {
  switch (standing.kind) {
    case "applied":
    case "left":
      return { standing: standing.kind };
    case "lagging":
      return { standing: standing.kind, status: standing.record.status, why: standing.why };
    case "unknown":
      return { standing: standing.kind, lastSeen: standing.lastSeen };
  }
}
