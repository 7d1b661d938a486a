import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "../../support/postgres-server.ts";
import { pick, seededRandom } from "../../support/random.ts";
import { type Ran, rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, runs } from "../stories/story.ts";
import { NEW, OLD, type Shop, startShop } from "./shop-rig.ts";

/** None in the suite, where rollback.test.ts kills at one chosen moment; many in `npm run prove -- migrations`. */
const KILLS = Number(process.env["ROLLPIN_MIGRATION_KILLS"] ?? "0");
const SEED = Number(process.env["ROLLPIN_SEED"] ?? "7");
const VICTIMS = ["migration", "backend", "agent", "command", "database"] as const;

describe.skipIf(postgresPrograms === undefined || KILLS === 0)(`data and pins agree, wherever in a rollback across migrations something is killed (seed ${SEED})`, { timeout: 120_000 + KILLS * 60_000 }, () => {
  let consul: ConsulServer;
  let postgres: PostgresServer;
  let shop: Shop;
  const run = (code: number, ...words: readonly string[]): Promise<Ran> => expectExit(code, words, { consul: consul.address });

  beforeAll(async () => {
    [consul, postgres] = await Promise.all([startConsul({ persistent: true }), startPostgres()]);
    shop = await startShop(consul, postgres, "shop");
    await run(0, "pin", "shop", OLD, "--yes");
    await run(0, "pin", "shop", NEW, "--yes");
  }, 240_000);
  afterAll(async () => {
    await shop?.remove();
    await Promise.all([postgres?.remove(), consul?.stop()]);
  });

  const led = (): Promise<unknown> => until("hooks are led", async () => (await consul.kv.entry("rollpin/locks/hooks/shop"))?.session);

  it(`${KILLS} times`, async () => {
    const random = seededRandom(SEED);
    const tally = { kills: 0, resumed: 0, back: 0, untouched: 0 };
    const started = systemClock.monotonic();
    await led();
    await run(0, "rollback", "shop", "--with-schema", "--yes");
    const clean = systemClock.monotonic() - started;
    await run(0, "undo", "shop", "--with-schema", "--yes");
    for (let round = 0; round < KILLS; round += 1) {
      await led();
      const victim = pick(random, VICTIMS);
      const kill = new AbortController();
      const rolling = rollpin(["rollback", "shop", "--with-schema", "--yes"], { consul: consul.address, kill: kill.signal });
      await Promise.race([systemClock.sleep(random() * clean), rolling]);
      await strike(victim, kill);
      const { code, stderr } = await rolling;
      tally.kills += 1;
      if (await resumed()) tally.resumed += 1;
      const { operation, pin, schema } = await shop.stands();
      const where = `round ${round}, ${victim} killed; the command ended with ${code}: ${stderr}`;
      expect({ operation, schema: await shop.schema() }, where).toEqual({ operation: undefined, schema });
      expect([`${OLD} 6`, `${NEW} 8`], where).toContain(`${pin} ${schema}`);
      await shop.proveOrders();
      if (pin === OLD) {
        tally.back += 1;
        await led();
        await run(0, "undo", "shop", "--with-schema", "--yes");
      } else tally.untouched += 1;
      await runs(shop.app, NEW);
      expect(await shop.schema()).toBe(8);
      await shop.takeOrders(3);
      await shop.proveOrders();
    }
    console.log(`= ${tally.kills} rollbacks across two migrations with something killed: data and pins agreed after each, ${tally.back} were back at the old release (${tally.resumed} of them by a resume), ${tally.untouched} had not begun; no order lost`);
  });

  async function strike(victim: (typeof VICTIMS)[number], kill: AbortController): Promise<void> {
    switch (victim) {
      case "migration":
        for (const pid of await shop.migrations()) process.kill(pid, "SIGKILL");
        return;
      case "backend":
        return void (await postgres.query("shop", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop' AND application_name = 'migrate'"));
      case "agent":
        await shop.data.kill();
        return shop.data.start();
      case "command":
        return kill.abort();
      case "database":
        await postgres.kill();
        return postgres.start();
    }
  }

  /** Whether something was left behind. What can't be gone on with yet (a killed program's lock) is tried again. */
  async function resumed(): Promise<boolean> {
    const { operation } = await shop.stands();
    if (operation === undefined) return false;
    await until(`operation ${operation} is finished`, async () => (await rollpin(["operation", "resume", operation, "--yes"], { consul: consul.address })).code === 0, { deadlineMs: 120_000, everyMs: 500 });
    return true;
  }
});
