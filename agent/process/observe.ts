import type { Holding } from "./holding.ts";
import type { Live } from "./live.ts";
import type { ProcessObservation } from "./observation.ts";
import type { Supervision } from "./supervise.ts";

export function observeHolding(holding: Holding, leaving: number): ProcessObservation {
  switch (holding.kind) {
    case "none":
      return { state: "none", leaving };
    case "exchanging":
      return { state: "restarting", version: holding.from, message: `version ${holding.from ?? "none"} is being exchanged for ${holding.to}`, leaving };
    case "switched":
      return { ...observeLive(holding.live), leaving };
    case "held":
      return { ...observeSupervision(holding.current), leaving };
  }
}

function observeLive(live: Live): ProcessObservation {
  const { version, port } = live.launch;
  if (live.exit() !== undefined) return { state: "restarting", version, port, message: `version ${version} exited as soon as it was there` };
  return { state: "running", version, port, pid: live.pid };
}

function observeSupervision(supervision: Supervision): ProcessObservation {
  const { version, port } = supervision.launch();
  const standing = supervision.standing();
  switch (standing.kind) {
    case "running":
      return { state: "running", version, port, pid: standing.live.pid };
    case "restarting":
      return { state: "restarting", version, port, pid: standing.live?.pid, message: standing.message, lastLines: standing.lastLines };
    case "stalled":
      return { state: "stalled", version, port, message: standing.message, lastLines: standing.lastLines };
  }
}

/** What serves now. */
export function runningOf(holding: Holding): Live | undefined {
  if (holding.kind === "switched") return holding.live.exit() === undefined ? holding.live : undefined;
  if (holding.kind !== "held") return undefined;
  const standing = holding.current.standing();
  return standing.kind === "running" && standing.live.exit() === undefined ? standing.live : undefined;
}
