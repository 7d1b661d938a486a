import { pick } from "../../support/random.ts";

/** One thing that an operator does. Whatever its command says goes by `reason`, so that history names the operation. */
export interface Operation {
  readonly number: number;
  readonly kind: OperationKind;
  /** More than one for a group's rollback only; an undo may reach others too. */
  readonly services: readonly [string, ...string[]];
  readonly version: string;
  /** The command without its flags; absent for a flip by hand, which is none. */
  readonly words?: readonly string[];
  /** kill -9 of the command so long after its start. */
  readonly killAfterMs?: number;
}

const often = { pin: 24, rollback: 24, undo: 12, config: 10, routes: 8, "hand-flip": 6, unfreeze: 6, clear: 4, freeze: 3, condemn: 3, pace: 3, restart: 2 } as const;
export type OperationKind = keyof typeof often;
const kinds = Object.entries(often).flatMap(([kind, times]) => Array.from({ length: times }, () => kind as OperationKind));

export interface Choices {
  readonly services: readonly [string, ...string[]];
  readonly versions: readonly [string, ...string[]];
}

const KILLED = 0.04;
const LONGEST_MS = 600;
const MOST_TOGETHER = 3;

export const reasonOf = (number: number): string => `operation ${number}`;

/** The same numbers give the same operations. */
export function drawOperation(random: () => number, number: number, { services, versions }: Choices): Operation {
  const kind = kinds[Math.floor(random() * kinds.length)] ?? "pin";
  const [first, ...more] = [pick(random, services), ...Array.from({ length: Math.floor(random() * MOST_TOGETHER) }, () => pick(random, services))];
  const together: Operation["services"] = [first ?? services[0], ...(kind === "rollback" ? new Set(more.filter((one) => one !== first)) : [])];
  const version = pick(random, versions);
  const isBold = random() < 0.5;
  const killAfterMs = random() < KILLED ? Math.floor(random() * LONGEST_MS) : undefined;
  const drawn = { number, kind, services: together, version };
  if (kind === "hand-flip") return drawn;
  return { ...drawn, words: words[kind]({ ...drawn, isBold }), ...(killAfterMs === undefined ? {} : { killAfterMs }) };
}

interface Drawn extends Pick<Operation, "services" | "version" | "number"> {
  readonly isBold: boolean;
}

const NO_WAIT = "--no-wait";
const past = ({ isBold }: Drawn): readonly string[] => (isBold ? ["--override"] : []);

const words: Readonly<Record<Exclude<OperationKind, "hand-flip">, (drawn: Drawn) => readonly string[]>> = {
  pin: (drawn) => ["pin", drawn.services[0], drawn.version, NO_WAIT, ...past(drawn)],
  // Only some condemn: else there would soon be nowhere to go.
  rollback: ({ isBold, number, services }) => ["rollback", ...services, NO_WAIT, ...(number % 4 === 0 ? [] : ["--no-condemn"]), ...(isBold ? ["--steps", "1"] : [])],
  undo: ({ services: [service] }) => ["undo", service, NO_WAIT],
  config: ({ number, services: [service] }) => ["config", "set", service, "--text", `limit: ${number}`, NO_WAIT],
  routes: ({ isBold, number, services: [service], version }) =>
    isBold ? ["route", "set", service, "--text", `split: {${version}: ${1 + (number % 9)}, pin: 90}`, NO_WAIT, "--override"] : ["route", "clear", service, NO_WAIT],
  pace: ({ isBold, number, services: [service] }) => ["pace", service, isBold ? "all" : `${1 + (number % 50)}%`],
  restart: ({ services: [service] }) => ["restart", service, NO_WAIT],
  freeze: ({ services: [service] }) => ["freeze", service],
  unfreeze: ({ services: [service] }) => ["unfreeze", service],
  condemn: ({ services: [service], version }) => ["release", "condemn", service, version],
  clear: ({ services: [service], version }) => ["release", "clear", service, version],
};
