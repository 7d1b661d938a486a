import type { Clock } from "../../../core/clock.ts";
import type { NotifyTarget } from "../../../core/config/notify-settings.ts";
import { notificationOf, slackMessageOf } from "../../../core/decide/guard/notification.ts";
import type { GuardAction } from "../../../core/model/guard-records.ts";
import { type Result, err, ok } from "../../../core/model/result.ts";
import { limitedSignal } from "../../../core/store/consul/time-limit.ts";
import { runCommand } from "../../appliers/run-command.ts";
import { bearerOf } from "../bearer.ts";

export interface DeliverDeps {
  readonly clock: Clock;
  /** Of the agent's file: relative paths are relative to it. */
  readonly folder: string;
}

/** One try. The fault is a sentence's end: what the other side did. */
export function deliver(target: NotifyTarget, action: GuardAction, deps: DeliverDeps, signal: AbortSignal): Promise<Result<void, string>> {
  return "command" in target ? run(target, action, deps, signal) : post(target, action, deps, signal);
}

async function run({ command, timeout }: Extract<NotifyTarget, { command: unknown }>, action: GuardAction, { clock, folder }: DeliverDeps, signal: AbortSignal): Promise<Result<void, string>> {
  const ran = await runCommand({ argv: command, folder, timeoutMs: timeout, input: `${JSON.stringify(notificationOf(action))}\n`, environment: { ROLLPIN_SERVICE: action.suspect.service, ROLLPIN_ACTION: String(action.action), ROLLPIN_DEED: action.deed, ROLLPIN_OUTCOME: action.outcome } }, clock, signal);
  return ran.ok ? ok(undefined) : err(ran.fault.message);
}

async function post({ format, timeout, tokenFile, webhook }: Extract<NotifyTarget, { webhook: unknown }>, action: GuardAction, { clock, folder }: DeliverDeps, signal: AbortSignal): Promise<Result<void, string>> {
  const limit = limitedSignal(clock, { timeoutMs: timeout, signals: [signal] });
  try {
    const body = JSON.stringify(format === "slack" ? slackMessageOf(action) : notificationOf(action));
    const headers = { "Content-Type": "application/json", ...(await bearerOf(tokenFile, folder)) };
    // A redirect would carry the token elsewhere.
    const answer = await fetch(webhook, { method: "POST", headers, body, redirect: "error", signal: limit.signal });
    await answer.body?.cancel();
    return answer.ok ? ok(undefined) : err(`it answered ${answer.status}`);
  } catch (error) {
    return err(limit.signal.aborted && !signal.aborted ? `it did not answer within ${timeout} ms` : sayCause(error as Error));
  } finally {
    limit.release();
  }
}

function sayCause({ cause, message }: Error): string {
  return cause instanceof Error ? cause.message : message;
}
