import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { historyOf } from "../../support/history.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "../../support/postgres-server.ts";
import { type Ran, rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat, runs } from "../stories/story.ts";
import { NEW, OLD, type Shop, startShop } from "./shop-rig.ts";

/** All of them in `npm run prove -- migrations`. */
const VICTIMS = process.env["ROLLPIN_MIGRATION_KILLS"] === undefined ? ["the agent"] : ["the migration", "its backend", "the agent", "the operator's command", "the database"];

describe.skipIf(postgresPrograms === undefined)("a service and its real database", { timeout: 240_000 }, () => {
  let consul: ConsulServer;
  let postgres: PostgresServer;
  let shop: Shop;
  const run = (code: number, ...words: readonly string[]): Promise<Ran> => expectExit(code, words, { consul: consul.address });
  const settled = async (pin: string, schema: number): Promise<void> => {
    expect(await shop.stands()).toEqual({ pin, schema, operation: undefined });
    expect(await shop.schema()).toBe(schema);
    await shop.proveOrders();
    await runs(shop.app, pin);
  };

  beforeAll(async () => {
    [consul, postgres] = await Promise.all([startConsul({ persistent: true }), startPostgres()]);
    shop = await startShop(consul, postgres, "shop");
    await run(0, "pin", "shop", OLD, "--yes");
    await run(0, "pin", "shop", NEW, "--yes");
    await until("hooks are led", async () => (await consul.kv.entry("rollpin/locks/hooks/shop"))?.session);
  }, 240_000);
  afterAll(async () => {
    await shop.remove();
    await Promise.all([postgres.remove(), consul.stop()]);
  });

  it("go back together, and on together, and no order is lost", async () => {
    const refused = await run(3, "rollback", "shop", "--yes");
    expect(flat(refused.stderr)).toMatch(/refused \(schema\): shop 1\.0\.0 reads schema >=6 <7, and the data of shop is at 8: migrations 8 and 7 would have to be taken back/);
    const shown = JSON.parse((await run(0, "rollback", "shop", "--with-schema", "--dry-run", "-o", "json")).stdout) as { readonly plan: { readonly migrations: unknown; readonly checks: readonly { readonly name: string; readonly detail: string }[] } };
    expect(shown.plan.migrations).toEqual([{ service: "shop", from: 8, to: 6, steps: [8, 7], off: [NEW] }]);
    expect(shown.plan.checks.find(({ name }) => name === "hooks")?.detail).toBe("shop-data runs hooks.migrate.down to take the data of shop from schema 8 to 6; once it has begun, the operation can only be finished");
    const done = await run(0, "rollback", "shop", "--with-schema", "--yes", "--reason", "orders are slow");
    expect(done.stderr).toMatch(/migration 8 of shop \(8 to 7\): shop-data has done it: schema 8 -> 7\n(.*\n)*migration 7 of shop \(7 to 6\): shop-data has done it: schema 7 -> 6\n/);
    await settled(OLD, 6);
    expect((await historyOf(consul, "shop")).at(-1)).toMatchObject({ kind: "rollback", reason: "orders are slow", after: { pins: { stable: OLD } } });
    await run(0, "undo", "shop", "--with-schema", "--yes");
    await settled(NEW, 8);
    await shop.takeOrders(20);
    await shop.proveOrders();
  });

  it("a pin crosses migrations too, in both directions", async () => {
    expect(flat((await run(3, "pin", "shop", OLD, "--yes")).stderr)).toContain("refused (schema)");
    await run(0, "pin", "shop", OLD, "--yes", "--with-schema");
    await settled(OLD, 6);
    await run(0, "pin", "shop", NEW, "--yes", "--with-schema");
    await settled(NEW, 8);
  });

  it("without an agent that may migrate, is refused before anything is done", async () => {
    await shop.data.stop();
    expect(flat((await run(3, "rollback", "shop", "--with-schema", "--yes")).stderr)).toContain("refused (hooks)");
    await shop.data.start();
    await until("hooks are led", async () => (await consul.kv.entry("rollpin/locks/hooks/shop"))?.session);
    await settled(NEW, 8);
  });

  it.each(VICTIMS)("with %s killed in the middle of a migration, go back together", async (victim) => {
    const letGo = await shop.hold();
    const kill = new AbortController();
    const rolling = rollpin(["rollback", "shop", "--with-schema", "--yes"], { consul: consul.address, kill: kill.signal });
    await shop.waits();
    const { operation } = await shop.stands();
    expect(flat((await run(4, "rollback", "shop", "--yes", "--with-schema")).stderr)).toContain(`shop is part of operation ${operation}`);
    await strike(victim, kill);
    if (victim !== "the database") await letGo();
    const rolled = await rolling;
    if (victim === "the operator's command") {
      // Its session outlives it for a while.
      await run(0, "operation", "unlock", operation ?? "", "--yes");
      expect(flat((await run(3, "operation", "abort", operation ?? "", "--yes")).stderr)).toContain("can't be taken back any more");
      await run(0, "operation", "resume", operation ?? "", "--yes");
    } else expect({ code: rolled.code, said: rolled.stderr }).toMatchObject({ code: 0 });
    await settled(OLD, 6);
    await run(0, "undo", "shop", "--with-schema", "--yes");
    await settled(NEW, 8);
  });

  async function strike(victim: string, kill: AbortController): Promise<void> {
    const ofStep = "FROM pg_stat_activity WHERE datname = 'shop' AND application_name = 'migrate'";
    switch (victim) {
      case "the migration":
        for (const pid of await shop.migrations()) process.kill(pid, "SIGKILL");
        return;
      case "its backend":
        return void (await postgres.query("shop", `SELECT pg_terminate_backend(pid) ${ofStep}`));
      case "the agent":
        await shop.data.kill();
        return shop.data.start();
      case "the operator's command":
        return kill.abort();
      case "the database":
        await postgres.kill();
        return postgres.start();
    }
  }
});
