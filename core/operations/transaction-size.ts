import type { Plan, Refusal } from "../model/plan.ts";
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

/** About what an operation takes of a transaction's body. */
export function bytesOf(operation: Operation): number {
  const value = "value" in operation ? Math.ceil(Buffer.byteLength(operation.value) / 3) * 4 : 0;
  return value + operation.key.length + ENVELOPE_BYTES;
}
