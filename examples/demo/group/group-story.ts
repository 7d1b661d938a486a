/** The group's story: a release that errs has taken another service and the database with it; what must go back goes back together, and on again. */
import { type Result, err, ok } from "../../../core/model/result.ts";
import { askFor } from "../ask-rollpin.ts";
import type { Ran, RunRollpin } from "../rollpin.ts";
import { waitFor } from "../patience.ts";
import { COME_UP_MS, type Scene, goOn, type, waitForErrors, withPrefix } from "../stage.ts";
import { type GroupFacts, type Stand, planSchema, statusSchema } from "./group-facts.ts";
import type { GroupFleet } from "./group-fleet.ts";
import type { Database } from "./postgres.ts";
import { MEMBERS, ORDERS, PAYMENTS, SCHEMA, nameOf } from "./services.ts";

export interface GroupScene extends Scene {
  readonly fleet: GroupFleet;
  readonly database: Database;
}

export async function tellGroupStory(scene: GroupScene): Promise<Result<GroupFacts, string>> {
  const { consul: { service }, load, say } = scene;
  const begun = await begin(scene);
  if (!begun.ok) return begun;
  const released = await release(scene);
  if (!released.ok) return released;
  const before = await stand(scene);
  if (!before.ok) return before;
  const back = await goBack(scene);
  if (!back.ok) return back;
  say("And should it have been right after all, the plan can be taken back as one, with its database:");
  const undo = await type(scene, ["undo", nameOf(service, "orders"), "--with-schema", "--reason", "only a drill", "--yes"]);
  if (!undo.ok) return undo;
  await goOn(scene);
  await load.stop();
  const undone = await stand(scene);
  if (!undone.ok) return undone;
  const orders = new Set(await scene.database.column("SELECT orders.id FROM orders JOIN customers ON customers.id = customer_id WHERE customers.name <> ''"));
  return ok({ service, answers: load.answers, before: before.value, ...back.value, undo: undo.value, undone: undone.value, orders });
}

/** All four run and are pinned, the oldest release of each, and clients ask. */
async function begin(scene: GroupScene): Promise<Result<true, string>> {
  const { consul: { service }, fleet, load, run, say } = scene;
  const registered = await waitFor("all agents are there and have registered their releases", COME_UP_MS, scene.signal, () => isUp(scene));
  const fallen = await fleet.fallen();
  if (fallen.length > 0 && !scene.signal.aborted) return err(fallen.join("\n"));
  if (!registered.ok) return registered;
  for (const { role, releases: [first] } of MEMBERS) {
    const pinned = await run(withPrefix(scene, ["pin", nameOf(service, role), first?.version ?? "", "--yes"]));
    if (pinned.exit !== 0) return endedBadly(pinned);
  }
  say(`Four services: web asks payments and ledger, and both ask orders, whose data are in PostgreSQL, at schema ${SCHEMA.before}. All is well.`);
  load.begin(() => fleet.web);
  await goOn(scene);
  return ok(true);
}

/** Or one of them has ended by itself. */
async function isUp({ consul: { service, store }, fleet, signal }: GroupScene): Promise<true | undefined> {
  if ((await fleet.fallen()).length > 0) return true;
  for (const { releases, role } of MEMBERS) {
    const found = await store.keys(`releases/${nameOf(service, role)}/`, { signal });
    const instances = await store.keys(`instances/${nameOf(service, role)}/`, { signal });
    if (!found.ok || found.value.length < releases.length || !instances.ok || instances.value.length < (role === "orders" ? 2 : 1)) return undefined;
  }
  return true;
}

async function release(scene: GroupScene): Promise<Result<true, string>> {
  const { consul: { service }, say } = scene;
  say(`A release of two: orders ${ORDERS.bad} keeps customers in a table of their own (schema ${SCHEMA.after}), and payments ${PAYMENTS.after} needs that (orders ^2).`);
  const orders = await type(scene, ["pin", nameOf(service, "orders"), ORDERS.bad, "--with-schema", "--yes"]);
  if (!orders.ok) return orders;
  const payments = await type(scene, ["pin", nameOf(service, "payments"), PAYMENTS.after, "--yes"]);
  if (!payments.ok) return payments;
  const noticed = await waitForErrors(scene);
  if (!noticed.ok) return noticed;
  await goOn(scene);
  return ok(true);
}

/** What would be done is asked first: by `--dry-run`, which changes nothing. */
async function goBack(scene: GroupScene): Promise<Result<Pick<GroupFacts, "back" | "plan" | "rollback">, string>> {
  const { consul: { service }, say } = scene;
  const words = ["rollback", nameOf(service, "orders"), "--with-schema"];
  say(`Every fifth order fails in orders ${ORDERS.bad}. What has to go back with it, and why?`);
  const shown = await type(scene, [...words, "--dry-run"]);
  if (!shown.ok) return shown;
  const plan = await askFor(asking(scene), [...words, "--dry-run"], planSchema);
  if (!plan.ok) return plan;
  say("payments needs what orders would leave, so it goes along; web and ledger get on with both, and stay. Traffic goes off the release that can't read the older schema, then the database goes back, then the pins. One command:");
  const rollback = await type(scene, [...words, "--reason", "every fifth order fails", "--yes"]);
  if (!rollback.ok) return rollback;
  await goOn(scene);
  const back = await stand(scene);
  return back.ok ? ok({ plan: plan.value.plan, rollback: rollback.value, back: back.value }) : back;
}

async function stand(scene: GroupScene): Promise<Result<Stand, string>> {
  const names = MEMBERS.map(({ role }) => nameOf(scene.consul.service, role));
  const status = await askFor(asking(scene), ["status", ...names], statusSchema);
  if (!status.ok) return status;
  const pins = status.value.services.map(({ service, tracks }) => [service, tracks.find(({ track }) => track === "stable")?.pin ?? "none"] as const);
  const [newest = ""] = await scene.database.column("SELECT name FROM pgmigrations ORDER BY id DESC LIMIT 1");
  return ok({ pins: Object.fromEntries(pins), schema: Number.parseInt(newest, 10) });
}

function asking(scene: GroupScene): RunRollpin {
  return (words) => scene.run(withPrefix(scene, words));
}

function endedBadly({ exit, stderr, typed }: Ran): Result<never, string> {
  return err(`${typed} ended with exit ${exit ?? "by a signal"}: ${stderr.trim()}`);
}
