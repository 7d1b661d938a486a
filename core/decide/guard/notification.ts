import type { GuardAction } from "../../model/guard-records.ts";

/** What whoever is told gets: documented in docs/reference/agent-file.md. Service and action together are told apart from any other. */
export function notificationOf({ action, at, by, cause, deed, finding, outcome, plan, policy, rollout, says, services, suspect, why }: GuardAction) {
  return { kind: "guard-action", apiVersion: "rollpin/v1", service: suspect.service, action, at, by, deed, outcome, says, why, suspect, cause, finding, policy: policy.line, plan, services, rollout, explain: explainCommand({ action, suspect }) };
}

/** `{"text": ...}` with what to do next. */
export function slackMessageOf(action: GuardAction): { readonly text: string } {
  return { text: `${action.says}\n\`${explainCommand(action)}\`` };
}

function explainCommand({ action, suspect }: Pick<GuardAction, "action" | "suspect">): string {
  return `rollpin guard explain ${suspect.service} ${action}`;
}
