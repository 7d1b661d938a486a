import { type Part, partsOf, readPart } from "../model/desired.ts";
import type { Plan, Refusal, ServicePlan } from "../model/plan.ts";
import { partKey } from "../store/keys.ts";
import { MOST_OPERATIONS, MOST_TRANSACTION_BYTES, type Operation } from "../store/port.ts";

/** What JSON puts around one operation: verb, names, quotes, index. */
const ENVELOPE_BYTES = 120;

/** Refuses by name what Consul takes in no single transaction. */
export function refuseSize(plan: Plan, operations: readonly Operation[]): Refusal | undefined {
  const bytes = operations.reduce((sum, operation) => sum + bytesOf(operation), 0);
  const why =
    operations.length > MOST_OPERATIONS
      ? `${operations.length} operations, and Consul takes ${MOST_OPERATIONS} in one transaction`
      : bytes > MOST_TRANSACTION_BYTES
        ? `about ${Math.ceil(bytes / 1024)} KiB, and Consul takes ${MOST_TRANSACTION_BYTES / 1024} KiB in one transaction (values count by a third more)`
        : undefined;
  if (why === undefined) return undefined;
  const names = plan.services.map(({ service }) => service);
  const message = `the plan for ${names.join(", ")} needs ${why}; ${names.length > 1 ? "name fewer services at once" : "make the config smaller, or keep it elsewhere and name it here"}`;
  return { kind: "refused", check: "transaction-size", service: names[0] ?? "", message, plan };
}

/** One service's share of a plan, what it takes of a transaction, and what there is room for. */
export interface TooLargeShare {
  readonly share: ServicePlan;
  readonly bytes: number;
  readonly most: number;
}

/** Refuses by name what fits into no step of an operation either. */
export function refuseShare(plan: Plan, { bytes, most, share }: TooLargeShare): Refusal {
  const { service } = share;
  const { part, text } = largestText(share);
  const message = `${service} alone needs about ${kibOf(bytes)} KiB of a transaction, ${kibOf(bytes - most)} KiB more than there is room for (values count by a third more, and history keeps what was and what is): the largest is ${partKey(service, part)} with ${kibOf(Buffer.byteLength(text))} KiB; make it smaller, or keep it elsewhere and name it here`;
  return { kind: "refused", check: "transaction-size", service, message, plan };
}

function largestText({ after, before }: ServicePlan): { readonly part: Part; readonly text: string } {
  const texts = [before, after].flatMap((state) => partsOf(state).map((part) => ({ part, text: readPart(state, part) ?? "" })));
  return texts.reduce((largest, one) => (one.text.length > largest.text.length ? one : largest), { part: "pin", text: "" });
}

function kibOf(bytes: number): number {
  return Math.ceil(bytes / 1024);
}

/** About what an operation takes of a transaction's body. */
export function bytesOf(operation: Operation): number {
  const value = "value" in operation ? Math.ceil(Buffer.byteLength(operation.value) / 3) * 4 : 0;
  return value + operation.key.length + ENVELOPE_BYTES;
}
