/** The chain's story: three services get a release at the same time, clients see errors of the first, and the guard takes back the third. */
import { parseIsoTime, systemClock } from "../../../core/clock.ts";
import { type Result, err, ok } from "../../../core/model/result.ts";
import { askFor } from "../ask-rollpin.ts";
import { waitFor } from "../patience.ts";
import type { Ran, RunRollpin } from "../rollpin.ts";
import { COME_UP_MS, type Scene, goOn, type, waitForErrors, withPrefix } from "../stage.ts";
import { type ChainFacts, historySchema, pinsSchema } from "./chain-facts.ts";
import type { ChainFleet } from "./chain-fleet.ts";
import { AFTER, BEFORE, CULPRIT, ROLES, nameOf } from "./services.ts";

export interface ChainScene extends Scene {
  readonly fleet: ChainFleet;
}

const POLICY = "every: 1s\nsignals: {chain: {chain: {}}}\nstrategy: [{when: [chain], do: rollback}]\n";
/** With the fewest requests that one can ask for it takes so many of them to be sure. */
const GUARD_MS = 90_000;
const LAST_ANSWERS = 20;

export async function tellChainStory(scene: ChainScene): Promise<Result<ChainFacts, string>> {
  const { consul: { service }, load, say } = scene;
  const begun = await begin(scene);
  if (!begun.ok) return begun;
  const pin = await release(scene);
  if (!pin.ok) return pin;
  const back = await waitFor("the guard goes back", GUARD_MS, scene.signal, () => isBack(scene));
  if (!back.ok) return back;
  const settled = await waitFor(`clients are answered by ${CULPRIT} ${BEFORE} again`, COME_UP_MS, scene.signal, () => isSettled(scene));
  if (!settled.ok) return settled;
  const settledAt = systemClock.now();
  await goOn(scene);
  await load.stop();
  say(`Nobody has done anything. Why is ${nameOf(service, CULPRIT)} back on ${BEFORE}, and not ${nameOf(service, "web")}, whose errors they were?`);
  const explained = await type(scene, ["guard", "explain", nameOf(service, CULPRIT)]);
  if (!explained.ok) return explained;
  const history = await askFor(asking(scene), ["history", nameOf(service, CULPRIT)], historySchema);
  if (!history.ok) return history;
  const status = await askFor(asking(scene), ["status", ...ROLES.map((role) => nameOf(service, role))], pinsSchema);
  if (!status.ok) return status;
  const guarded = history.value.revisions.find(({ by, kind }) => by === "guard" && kind === "rollback");
  return ok({
    service,
    answers: load.answers,
    pin: pin.value,
    guardedAt: guarded === undefined ? undefined : parseIsoTime(guarded.at),
    settledAt,
    pins: Object.fromEntries(status.value.services.map(({ service: name, tracks }) => [name, tracks.find(({ track }) => track === "stable")?.pin ?? "none"])),
    explained: explained.value,
  });
}

/** All three run and are pinned, a person called what they run good, each has a policy, and clients ask. */
async function begin(scene: ChainScene): Promise<Result<true, string>> {
  const { consul: { service }, fleet, load, say } = scene;
  const registered = await waitFor("all agents are there and have registered their releases", COME_UP_MS, scene.signal, () => isUp(scene));
  const fallen = await fleet.fallen();
  if (fallen.length > 0 && !scene.signal.aborted) return err(fallen.join("\n"));
  if (!registered.ok) return registered;
  for (const role of ROLES) {
    const name = nameOf(service, role);
    for (const words of [["pin", name, BEFORE], ["release", "clear", name, BEFORE, "--good"], ["policy", "set", name, "--text", POLICY]]) {
      const ran = await scene.run(withPrefix(scene, [...words, "--yes"]));
      if (ran.exit !== 0) return err(`${ran.typed} ended with exit ${ran.exit ?? "by a signal"}: ${ran.stderr.trim()}`);
    }
  }
  say(`Three services: web asks cart, and cart asks payments. Each is guarded by the records of its calls, which all three publish to a NATS:\n\n  ${POLICY.trim().replaceAll("\n", "\n  ")}\n`);
  load.begin(() => fleet.web);
  await goOn(scene);
  return ok(true);
}

/** Or one of them has ended by itself. */
async function isUp({ consul: { service, store }, fleet, signal }: ChainScene): Promise<true | undefined> {
  if ((await fleet.fallen()).length > 0) return true;
  for (const role of ROLES) {
    const found = await store.keys(`releases/${nameOf(service, role)}/`, { signal });
    const instances = await store.keys(`instances/${nameOf(service, role)}/`, { signal });
    if (!found.ok || found.value.length < 2 || !instances.ok || instances.value.length < 1) return undefined;
  }
  return true;
}

/** The last one is the one with the bug. */
async function release(scene: ChainScene): Promise<Result<Ran, string>> {
  const { consul: { service }, say } = scene;
  say("All three are released at the same time, and one of the three has a bug:");
  let last: Result<Ran, string> = err("there are no services");
  for (const role of ROLES) {
    last = await type(scene, ["pin", nameOf(service, role), AFTER, "--yes"]);
    if (!last.ok) return last;
  }
  const noticed = await waitForErrors(scene);
  if (!noticed.ok) return noticed;
  say("Clients see errors of web. Which of the three was it?");
  return last;
}

async function isBack({ consul: { service, store }, signal }: ChainScene): Promise<true | undefined> {
  const pin = await store.get(`desired/${nameOf(service, CULPRIT)}/pin`, { signal });
  return pin.ok && pin.value?.value.toString().trim() === BEFORE ? true : undefined;
}

/** As far as clients see. */
function isSettled({ load: { answers } }: ChainScene): true | undefined {
  return answers.slice(-LAST_ANSWERS).every(({ version }) => version === BEFORE) ? true : undefined;
}

function asking(scene: ChainScene): RunRollpin {
  return (words) => scene.run(withPrefix(scene, words));
}
