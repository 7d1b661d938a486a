import { type StoreFault, describeStoreFault } from "../core/model/fault.ts";
import type { Plan, Refusal } from "../core/model/plan.ts";
import type { Printable } from "./output/printable.ts";

/** What the exit codes mean: docs/reference/exit-codes.md. */
export const EXIT = { done: 0, fault: 1, usage: 2, refused: 3, conflict: 4, incomplete: 5, consul: 6, interrupted: 130 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Why a verb has no result to show. `message` says what happened, to what, and what to do next. */
export interface Failure {
  readonly code: "fault" | "usage" | "refused" | "conflict" | "incomplete" | "consul" | "interrupted";
  readonly message: string;
  /** The check that refused, and what it would have let through. */
  readonly check?: string | undefined;
  readonly service?: string | undefined;
  readonly plan?: Plan | undefined;
}

/** How a verb ends: with a result for stdout (which itself says why where the exit isn't 0), or with a failure for stderr. */
export type Ending =
  | { readonly kind: "result"; readonly exit: Exit; readonly printable: Printable }
  | { readonly kind: "failure"; readonly failure: Failure }
  /** Everything was already written (streams, scripts). */
  | { readonly kind: "written"; readonly exit: Exit };

export function result(printable: Printable, exit: Exit = EXIT.done): Ending {
  return { kind: "result", exit, printable };
}

export function failed(failure: Failure): Ending {
  return { kind: "failure", failure };
}

export function usage(message: string): Failure {
  return { code: "usage", message };
}

export function exitOf(ending: Ending): Exit {
  return ending.kind === "failure" ? EXIT[ending.failure.code] : ending.exit;
}

export function failureOfStore(fault: StoreFault): Failure {
  const message = describeStoreFault(fault);
  switch (fault.kind) {
    case "unreachable":
    case "timeout":
      return { code: "consul", message: `${message}. Check --consul-addr or CONSUL_HTTP_ADDR; \`rollpin doctor\` looks closer` };
    case "unknown-outcome":
      return { code: "consul", message: `${message}. It may have happened: look at \`rollpin history\` before trying again` };
    case "denied":
      return { code: "consul", message: `${message}. Give a token that may do it in CONSUL_HTTP_TOKEN; \`rollpin doctor\` lists what this one may do` };
    case "no-leader":
    case "overloaded":
      return { code: "consul", message: `${message}. Nothing was changed; try again in some seconds` };
    case "oversized":
      return { code: "consul", message: `${message}. See what is there with \`consul kv get -keys ${"key" in fault && fault.key !== undefined ? fault.key : ""}\`, and delete what doesn't belong there` };
    case "bad-answer":
      return { code: "consul", message: `${message}. Is it Consul that answers there? \`rollpin doctor\` looks closer` };
    case "conflict":
      return { code: "conflict", message };
    case "too-large":
      return { code: "refused", message, check: "transaction-size" };
    case "aborted":
      return { code: "interrupted", message: "interrupted" };
    case "no-session":
      return { code: "fault", message };
  }
}

export function failureOfRefusal(refusal: Exclude<Refusal, { kind: "nothing-to-change" }>): Failure {
  switch (refusal.kind) {
    case "usage":
      return usage(refusal.message);
    case "conflict":
      return { code: "conflict", message: refusal.message };
    case "refused":
      return { code: "refused", message: refusal.message, check: refusal.check, service: refusal.service, plan: refusal.plan };
  }
}
