import type { Evidence } from "./evidence.ts";

/** What all rounds came to. */
export interface Sum {
  readonly faults: number;
  /** How often commands ended with each exit code. */
  readonly exits: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly promised: number;
  readonly requests: number;
  readonly failed: number;
  readonly violations: readonly string[];
  /** Where the evidence of violations is kept. */
  readonly folder?: string;
}

export const noSum: Sum = { faults: 0, exits: {}, acknowledged: 0, promised: 0, requests: 0, failed: 0, violations: [] };

export function withRound(sum: Sum, { acknowledged, commands, promised, requests }: Evidence): Sum {
  const exits = { ...sum.exits };
  for (const { code } of commands) exits[code ?? "killed"] = (exits[code ?? "killed"] ?? 0) + 1;
  return {
    ...sum,
    exits,
    faults: sum.faults + commands.length,
    acknowledged: sum.acknowledged + acknowledged.length,
    promised: sum.promised + promised.length,
    requests: sum.requests + requests.length,
    failed: sum.failed + requests.filter(({ failure }) => failure !== undefined).length,
  };
}

/** "= " before figures, "! " before broken promises. */
export function describeSum({ acknowledged, exits, failed, faults, folder, promised, requests, violations }: Sum, seed: number): readonly string[] {
  const endings = Object.entries(exits).sort(([one], [other]) => one.localeCompare(other)).map(([code, count]) => `${code === "killed" ? code : `exit ${code}`}: ${count}`);
  return [
    `= ${faults} faults of seed ${seed}: ${endings.join(", ")}; ${acknowledged} changes acknowledged, ${promised} times applied`,
    `= ${requests} requests, ${failed} failed; ${violations.length} violations`,
    ...violations.map((violation) => `! ${violation}`),
    ...(folder === undefined ? [] : [`! all that is known of it is in ${folder}`]),
  ];
}
