import { systemClock } from "../../core/clock.ts";
import { hostOf } from "./actions.ts";
import { excuseUntilTheyAnswer } from "./excuse.ts";
import { nemeses } from "./nemesis.ts";
import { type Outcome, act } from "./operator.ts";
import type { Action, Fault, FaultKind } from "./schedule.ts";
import type { World } from "./world.ts";

/** Agents may find themselves without Consul, or without its word. */
const PARTING: ReadonlySet<FaultKind> = new Set<FaultKind>(["kill-consul", "kill-leader", "pause-consul", "cut-road", "black-hole", "revoke-token"]);

/** The operator begins, the fault strikes, and is mended; the operator may be at it until after that. */
export async function strike(world: World, fault: Fault): Promise<Outcome> {
  const { action, afterMs, agent: at, holdMs, kind, number } = fault;
  const { diary } = world;
  const cli = new AbortController();
  const agent = world.agents[at];
  if (agent === undefined) throw new Error(`there is no agent ${at}`);
  const target = { world, agent, fault, killCli: () => cli.abort() };
  diary.note("action", { number, ...action });
  const acting = PARTING.has(kind) ? actWithout(world, action, cli.signal) : act(world, action, cli.signal);
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

/** A pin on a host that can tell no client of another port exchanges the process in place: a gap of one start, which may outlast Consul's absence. */
async function actWithout(world: World, action: Action, kill: AbortSignal): Promise<Outcome> {
  const agent = hostOf(action, world);
  if (agent === undefined) return act(world, action, kill);
  const acting = act(world, action, kill);
  await excuseUntilTheyAnswer(world, [agent], async () => void (await acting));
  return acting;
}
