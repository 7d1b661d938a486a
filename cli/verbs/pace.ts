import type { Command } from "commander";
import { determineCurrent } from "../../core/decide/current.ts";
import { planPace } from "../../core/decide/plans/plan-pace.ts";
import { paceText, parsePace } from "../../core/model/pace.ts";
import { type Result, ok } from "../../core/model/result.ts";
import type { AskedBy, AskedSpec } from "../change-spec.ts";
import { change, forOne } from "../change.ts";
import { type Ending, failed, result } from "../ending.ts";
import { type ChangeFlags, addChangeFlags, argument, serviceArgument } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import { pacePrintable } from "../output/pace.ts";
import { determinePace } from "../status/determine-pace.ts";
import type { Run, Session } from "../session.ts";

export function declare(command: Command, run: Run): void {
  addChangeFlags(command, { waits: false, overrides: true })
    .argument("<service>", "the service", serviceArgument)
    .argument("[pace]", 'a number of instances, a percentage of the live ones, or all; "25% stop-after 2" ends it after two that stalled', argument(normalPace))
    .action((service: string, pace: string | undefined, flags: ChangeFlags) => run((session) => (pace === undefined ? showPace(session, service) : setPace(session, service, pace, flags))));
}

function normalPace(text: string): Result<string, string> {
  const pace = parsePace(text);
  return pace.ok ? ok(paceText(pace.value)) : pace;
}

async function showPace(session: Session, service: string): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const facts = await gatherKnown(store.value, [service], { signal: session.signal, history: 1 });
  if (!facts.ok) return failed(facts.fault);
  const [one] = facts.value;
  const pace = one === undefined ? null : determinePace(determineCurrent(one, store.value.prefix).state, one.instances);
  return result(pacePrintable(service, one?.head?.value.revision ?? 0, pace));
}

function setPace(session: Session, service: string, pace: string, flags: ChangeFlags): Promise<Ending> {
  return change(session, { flags, ...specOf({ verb: "pace", service, pace, override: flags.override === true, reason: flags.reason }) });
}

export function specOf(asked: AskedBy<"pace">): AskedSpec {
  return { asked, services: [asked.service], history: 1, plan: forOne((facts, context) => planPace(facts, asked, context)) };
}
