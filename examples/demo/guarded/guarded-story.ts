/** The story: a rollout that begins well, meets errors, and is turned back by what Prometheus counts. One command is typed, and it is no rollback. */
import { join } from "node:path";
import * as z from "zod/mini";
import { type Result, err, ok } from "../../../core/model/result.ts";
import { askFor } from "../ask-rollpin.ts";
import { comeUp } from "../come-up.ts";
import { BAD } from "../facts.ts";
import { waitFor } from "../patience.ts";
import { type Stage, goOn, type, withPrefix } from "../stage.ts";
import { type GuardedFacts, type RolloutSaid, rolloutSaid } from "./guarded-facts.ts";

const STEPS = "10%,50%,100%";
/** Prometheus sees a version a scrape or two after it is there, and two more make a count. */
const TURN_BACK_MS = 120_000;

const statusSaid = z.object({ services: z.array(z.object({ tracks: z.array(z.object({ track: z.string(), pin: z.nullable(z.string()) })) })) });
const releaseSaid = z.object({ release: z.object({ verdict: z.nullable(z.object({ verdict: z.string() })) }) });

export async function tellGuardedStory(stage: Stage, sources: string): Promise<Result<GuardedFacts, string>> {
  const { consul, load, say } = stage;
  const { service } = consul;
  const router = await comeUp(stage);
  if (!router.ok) return router;
  say("Clients ask the router; Prometheus asks the router's agent every second who answered what. What is bad stands in a policy:");
  const policy = await type(stage, ["policy", "set", service, join(sources, "guarded", "policy.yaml"), "--yes"]);
  if (!policy.ok) return policy;
  load.begin(() => router.value);
  await goOn(stage);
  say(`A new version comes, in steps. Nobody knows yet that every fifth answer of ${BAD} is an error.`);
  const start = await type(stage, ["rollout", "start", service, BAD, "--steps", STEPS, "--hold", "20s", "--bake", "20s", "--reason", "faster checkout", "--yes"]);
  if (!start.ok) return start;
  const ended = await waitForEnd(stage);
  if (!ended.ok) return ended;
  await goOn(stage);
  say("Nobody typed anything. It was turned back, and this is why:");
  const shown = await type(stage, ["rollout", "status", service]);
  if (!shown.ok) return shown;
  const history = await type(stage, ["history", service]);
  if (!history.ok) return history;
  await load.stop();
  if (stage.signal.aborted) return err("interrupted");
  const end = await askEnd(stage);
  return end.ok ? ok({ answers: load.answers, start: start.value, rollout: ended.value, ...end.value }) : end;
}

async function waitForEnd(stage: Stage): Promise<Result<RolloutSaid, string>> {
  const { consul, run, say, signal } = stage;
  let told = 0;
  return waitFor(`the rollout of ${consul.service} has ended`, TURN_BACK_MS, signal, async () => {
    const said = await askFor((words) => run(withPrefix(stage, words)), ["rollout", "status", consul.service], rolloutSaid);
    if (!said.ok) return undefined;
    const { rollout } = said.value;
    if (rollout.taken > told) say(`  step ${rollout.taken} is taken`);
    told = rollout.taken;
    return ["promoted", "turned-back", "aborted", "overtaken"].includes(rollout.state) ? rollout : undefined;
  });
}

async function askEnd(stage: Stage): Promise<Result<Pick<GuardedFacts, "pins" | "verdict">, string>> {
  const { service } = stage.consul;
  const run: Stage["run"] = (words) => stage.run(withPrefix(stage, words));
  const status = await askFor(run, ["status", service], statusSaid);
  if (!status.ok) return status;
  const release = await askFor(run, ["release", "show", service, BAD], releaseSaid);
  if (!release.ok) return release;
  const tracks = status.value.services.flatMap((one) => one.tracks);
  return ok({ pins: Object.fromEntries(tracks.map(({ pin, track }) => [track, pin ?? "none"])), verdict: release.value.release.verdict?.verdict });
}
