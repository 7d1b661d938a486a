import { systemClock } from "../../core/clock.ts";
import { nemeses } from "./nemesis.ts";
import { type Outcome, act } from "./operator.ts";
import type { Fault } from "./schedule.ts";
import type { World } from "./world.ts";

/** The operator begins, the fault strikes, and is mended; the operator may be at it until after that. */
export async function strike(world: World, fault: Fault): Promise<Outcome> {
  const { action, afterMs, agent: at, holdMs, kind, number } = fault;
  const { diary } = world;
  const cli = new AbortController();
  const agent = world.agents[at];
  if (agent === undefined) throw new Error(`there is no agent ${at}`);
  const target = { world, agent, fault, killCli: () => cli.abort() };
  diary.note("action", { number, ...action });
  const acting = act(world, action, cli.signal);
  await systemClock.sleep(afterMs);
  diary.note("fault", { number, kind, agent: agent.instance });
  const mend = await nemeses[kind](target);
  await systemClock.sleep(holdMs);
  diary.note("mending", { number });
  await mend();
  diary.note("mended", { number });
  const outcome = await acting;
  diary.note("acted", { number, code: outcome.command.code, stderr: outcome.command.stderr.trim(), plan: outcome.acknowledged?.plan });
  // What was said between a snapshot and its return may be forgotten, and was true all the same.
  return kind === "restore-snapshot" ? { command: outcome.command, promised: [] } : outcome;
}
