import { explanationOf } from "./checks/requests.ts";
import type { Evidence } from "./evidence.ts";

/** What all rounds came to. */
export interface Sum {
  readonly faults: number;
  /** How often commands ended with each exit code. */
  readonly exits: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly promised: number;
  readonly requests: number;
  /** Failed where the process tried had been killed, and where Consul couldn't tell where to go. */
  readonly excusedByKill: number;
  readonly excusedByCatalog: number;
  readonly violations: readonly string[];
  /** Where the evidence of violations is kept. */
  readonly folder?: string;
}

export const noSum: Sum = { faults: 0, exits: {}, acknowledged: 0, promised: 0, requests: 0, excusedByKill: 0, excusedByCatalog: 0, violations: [] };

export function withRound(sum: Sum, { acknowledged, commands, excuses, promised, requests }: Evidence): Sum {
  const exits = { ...sum.exits };
  for (const { code } of commands) exits[code ?? "killed"] = (exits[code ?? "killed"] ?? 0) + 1;
  const explained = requests.map((request) => explanationOf(request, excuses));
  return {
    ...sum,
    exits,
    faults: sum.faults + commands.length,
    acknowledged: sum.acknowledged + acknowledged.length,
    promised: sum.promised + promised.length,
    requests: sum.requests + requests.length,
    excusedByKill: sum.excusedByKill + explained.filter((one) => one === "kill").length,
    excusedByCatalog: sum.excusedByCatalog + explained.filter((one) => one === "catalog").length,
  };
}

/** "= " before figures, "! " before broken promises. */
export function describeSum({ acknowledged, excusedByCatalog, excusedByKill, exits, faults, folder, promised, requests, violations }: Sum, seed: number): readonly string[] {
  const endings = Object.entries(exits).sort(([one], [other]) => one.localeCompare(other)).map(([code, count]) => `${code === "killed" ? code : `exit ${code}`}: ${count}`);
  return [
    `= ${faults} faults of seed ${seed}: ${endings.join(", ")}; ${acknowledged} changes acknowledged, ${promised} times applied`,
    `= ${requests} requests; excused: ${excusedByKill} at a process that had been killed, ${excusedByCatalog} while Consul didn't say where to go; ${violations.length} violations`,
    ...violations.map((violation) => `! ${violation}`),
    ...(folder === undefined ? [] : [`! all that is known of it is in ${folder}`]),
  ];
}
