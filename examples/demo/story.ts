/** The story: a good version, a canary that errs, a release that errs, and both ways back. Every command is a real `rollpin`, as an operator types it. */
import { type Result, err, ok } from "../../core/model/result.ts";
import { askRollpin } from "./ask-rollpin.ts";
import { comeUp } from "./come-up.ts";
import { BAD, type Facts, SHARE, whenBack } from "./facts.ts";
import { CANARY } from "./fleet.ts";
import { waitFor } from "./patience.ts";
import { COME_UP_MS, type Stage, describeErrors, goOn, type, waitForErrors, withPrefix } from "./stage.ts";

export async function tellStory(stage: Stage): Promise<Result<Facts, string>> {
  const { consul, fleet, load, say } = stage;
  const { service } = consul;
  const router = await comeUp(stage);
  if (!router.ok) return router;

  say("Clients ask the router, whose agent sends each request where Consul says; all is well.");
  load.begin(() => router.value);
  await goOn(stage);
  const canary = await tryCanary(stage);
  if (!canary.ok) return canary;
  const release = await releaseToAll(stage);
  if (!release.ok) return release;
  await load.stop();
  if (stage.signal.aborted) return err("interrupted");
  const asked = await askRollpin((words) => stage.run(withPrefix(stage, words)), service);
  return asked.ok ? ok({ service, instances: fleet.instances, answers: load.answers, ...canary.value, ...release.value, ...asked.value }) : asked;
}

async function tryCanary(stage: Stage): Promise<Result<Pick<Facts, "back" | "shift">, string>> {
  const { consul, say } = stage;
  say("A new version comes, to the canary first. It gets no request until the routes say so.");
  const pin = await type(stage, ["pin", consul.service, BAD, "--track", CANARY, "--yes"]);
  if (!pin.ok) return pin;
  const shift = await type(stage, ["route", "shift", consul.service, BAD, `${SHARE}%`, "--yes"]);
  if (!shift.ok) return shift;
  const noticed = await waitForErrors(stage);
  if (!noticed.ok) return noticed;
  await goOn(stage);
  say(`${describeErrors(stage, shift.value.startedAt)} answers of ${BAD} are errors so far. One command, and nobody is sent there any more:`);
  const back = await type(stage, ["route", "shift", consul.service, "--back", "--reason", "canary errs", "--yes"]);
  if (!back.ok) return back;
  await goOn(stage);
  return ok({ shift: shift.value, back: back.value });
}

async function releaseToAll(stage: Stage): Promise<Result<Pick<Facts, "pin" | "rollback">, string>> {
  const { consul, say } = stage;
  say(`Somebody hasn't heard of it, and gives ${BAD} to all.`);
  const pin = await type(stage, ["pin", consul.service, BAD, "--yes"]);
  if (!pin.ok) return pin;
  const noticed = await waitForErrors(stage);
  if (!noticed.ok) return noticed;
  await goOn(stage);
  say(`${describeErrors(stage, pin.value.startedAt)} answers of ${BAD} are errors so far. One command:`);
  const rollback = await type(stage, ["rollback", consul.service, "--reason", "20% errors", "--yes"]);
  if (!rollback.ok) return rollback;
  await goOn(stage);
  // A busy machine takes longer over it; that they never were is for the checks to tell.
  const { answers } = stage.load;
  await waitFor("clients see all instances back", COME_UP_MS, stage.signal, () => (whenBack({ answers, rollback: rollback.value }).length === stage.fleet.instances.length ? true : undefined));
  return ok({ pin: pin.value, rollback: rollback.value });
}
