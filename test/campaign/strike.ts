import { systemClock } from "../../core/clock.ts";
import { nemeses } from "./nemesis.ts";
import { type Outcome, act } from "./operator.ts";
import type { Fault } from "./schedule.ts";
import type { World } from "./world.ts";

/** The operator begins, the fault strikes, and is mended; the operator may be at it until after that. */
export async function strike(world: World, { action, afterMs, agent: at, holdMs, kind, number }: Fault): Promise<Outcome> {
  const { diary } = world;
  const cli = new AbortController();
  const agent = world.agents[at];
  if (agent === undefined) throw new Error(`there is no agent ${at}`);
  const target = { world, agent, killCli: () => cli.abort() };
  diary.note("action", { number, ...action });
  const acting = act(world, action, cli.signal);
  await systemClock.sleep(afterMs);
  diary.note("fault", { number, kind, agent: agent.instance });
  await nemeses[kind].inflict(target);
  await systemClock.sleep(holdMs);
  diary.note("mending", { number });
  await nemeses[kind].heal(target);
  diary.note("mended", { number });
  const outcome = await acting;
  diary.note("acted", { number, code: outcome.command.code, stderr: outcome.command.stderr.trim(), plan: outcome.acknowledged?.plan });
  return outcome;
}
