import { dishonestExits } from "./checks/exits.ts";
import { brokenHistory } from "./checks/history.ts";
import { astrayInstances } from "./checks/instances.ts";
import { untrueReceipts } from "./checks/receipts.ts";
import { unexplainedFailures } from "./checks/requests.ts";
import type { Evidence } from "./evidence.ts";

/** Every promise that the evidence shows broken, in words; empty where all held. */
export function findViolations(evidence: Evidence): readonly string[] {
  return [dishonestExits, brokenHistory, untrueReceipts, astrayInstances, unexplainedFailures].flatMap((check) => check(evidence));
}
