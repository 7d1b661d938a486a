import type { PaceStatus } from "../status/determine-pace.ts";
import type { Printable } from "./printable.ts";

export function pacePrintable(service: string, revision: number, status: PaceStatus | null): Printable {
  return { value: paceValue(service, revision, status), text: () => (status === null ? `${service} has no pace: all instances change at once` : `${service}: ${paceLine(status)}`) };
}

function paceValue(service: string, revision: number, status: PaceStatus | null) {
  return { kind: "pace", service, revision, pace: status };
}

/** `pace 2: 2 changing, 5 waiting`; the pace alone while nothing moves. */
export function paceLine({ pace, changing, waiting, stopped }: PaceStatus): string {
  const counts = [[changing, "changing"], [waiting, "waiting for their turn"], [stopped, "stopped"]] as const;
  const named = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `pace ${pace}${named.length === 0 ? "" : `: ${named.join(", ")}`}`;
}
