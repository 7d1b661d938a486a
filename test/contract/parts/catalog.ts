import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { KEPT_BACK, KEPT_BACK_MARK, OFF_MARK, type ServiceRegistration } from "../../../core/store/port.ts";
import { until } from "../../support/until.ts";
import type { Fixture } from "../store-contract.ts";
import { must } from "../must.ts";

/** A port that answers TCP checks for as long as `use` runs. */
async function withPort(use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function registration(service: string, id: string, port: number, version: string): ServiceRegistration {
  return { id, service, address: "127.0.0.1", port, tags: ["rollpin"], meta: { version }, check: { kind: "tcp", target: `127.0.0.1:${port}`, intervalMs: 1_000, timeoutMs: 500 } };
}

export function describeCatalog({ fresh, world }: Fixture): void {
  describe("catalog", () => {
    test("a registered instance is read back and passes at once; deregistered, it is gone", () =>
      withPort(async (port) => {
        const store = fresh();
        const service = `web-${store.prefix}`;
        expect(must(await store.catalog.read(`${service}-1`))).toBeUndefined();
        must(await store.catalog.register(registration(service, `${service}-1`, port, "1.0.0+x")));
        expect(must(await store.catalog.read(`${service}-1`))).toMatchObject({ id: `${service}-1`, service, port, meta: { version: "1.0.0+x" } });
        const [endpoint] = await until("the instance passes", async () => {
          const { endpoints } = must(await store.catalog.healthy(service));
          return endpoints.length === 1 && endpoints;
        });
        expect(must(await store.catalog.healthyInstance(service, `${service}-1`))).toEqual(endpoint);
        expect(must(await store.catalog.healthyInstance(service, `${service}-2`))).toBeUndefined();
        expect(endpoint).toMatchObject({ id: `${service}-1`, address: "127.0.0.1", port, tags: ["rollpin"], meta: { version: "1.0.0+x" } });
        must(await store.catalog.deregister(`${service}-1`));
        must(await store.catalog.deregister(`${service}-1`));
        expect(must(await store.catalog.read(`${service}-1`))).toBeUndefined();
        await until("the instance is gone", async () => must(await store.catalog.healthy(service)).endpoints.length === 0);
      }));

    test("its datacentre is among those that are named", async () => {
      expect(must(await fresh().catalog.datacentres())).toEqual(["dc1"]);
    });

    test("an instance whose check fails is still told of, as one that doesn't pass", async () => {
      const store = fresh();
      const service = `web-${store.prefix}`;
      const id = `${service}-1`;
      await withPort(async (port) => {
        must(await store.catalog.register(registration(service, id, port, "1")));
        await until("the instance passes", async () => must(await store.catalog.instances(service)).endpoints.some(({ passing }) => passing));
      });
      await world().failCheck(id);
      let queryIndex = 0;
      await until("it doesn't pass", async () => {
        const reading = must(await store.catalog.blockInstances(service, queryIndex, { waitMs: 2_000 }));
        ({ queryIndex } = reading);
        return reading.endpoints.length === 1 && reading.endpoints.every(({ passing }) => !passing);
      });
      must(await store.catalog.deregister(id));
    });

    test("a weight is told, and a registration without one has 1", () =>
      withPort(async (port) => {
        const store = fresh();
        const service = `web-${store.prefix}`;
        const id = `${service}-1`;
        const told = (weight: number) => until(`a weight of ${weight} is told`, async () => must(await store.catalog.instances(service)).endpoints[0]?.weight === weight);
        must(await store.catalog.register({ ...registration(service, id, port, "1"), weight: 65_535 }));
        expect(must(await store.catalog.read(id))?.weight).toBe(65_535);
        await told(65_535);
        must(await store.catalog.register(registration(service, id, port, "1")));
        await told(1);
        must(await store.catalog.deregister(id));
      }));

    test("nobody finds an instance in maintenance, and one that a router keeps back still passes", () =>
      withPort(async (port) => {
        const store = fresh();
        const service = `web-${store.prefix}`;
        const id = `${service}-1`;
        const seen = (passing: boolean, keptBack: boolean) =>
          until(`it is seen as ${passing ? "passing" : "failing"}${keptBack ? ", kept back" : ""}`, async () => {
            const [one] = must(await store.catalog.instances(service)).endpoints;
            return one?.passing === passing && one.keptBack === keptBack;
          });
        const reason = async () => must(await store.catalog.maintenance(id));
        expect(await reason()).toBeUndefined();
        must(await store.catalog.register(registration(service, id, port, "1")));
        await seen(true, false);
        must(await store.catalog.maintain(id, `${KEPT_BACK}nothing & more`));
        expect(await reason()).toBe(`${KEPT_BACK}nothing & more`);
        await seen(true, true);
        expect(must(await store.catalog.healthy(service)).endpoints).toEqual([]);
        must(await store.catalog.maintain(id, "a person's"));
        must(await store.catalog.register(registration(service, id, port, "2"), { keepsChecks: true }));
        expect(await reason()).toBe(`${KEPT_BACK}nothing & more`);
        // One that can't read its data wouldn't do well, whatever its routes ask.
        const off = { ...registration(service, id, port, "2"), meta: { version: "2", [OFF_MARK]: "1" } };
        must(await store.catalog.register(off, { keepsChecks: true }));
        await seen(false, false);
        must(await store.catalog.register({ ...off, meta: { ...off.meta, [KEPT_BACK_MARK]: "1" } }, { keepsChecks: true }));
        await seen(false, true);
        must(await store.catalog.maintain(id, undefined));
        await seen(false, false);
        must(await store.catalog.register(registration(service, id, port, "2")));
        await seen(true, false);
        must(await store.catalog.maintain(id, "a person's"));
        await seen(false, false);
        must(await store.catalog.register(registration(service, id, port, "2")));
        expect(await reason()).toBeUndefined();
        must(await store.catalog.deregister(id));
        expect((await store.catalog.maintain(id, "gone")).ok).toBe(false);
      }));

    test("a parked query for endpoints hears of a new version", () =>
      withPort(async (port) => {
        const store = fresh();
        const service = `web-${store.prefix}`;
        must(await store.catalog.register(registration(service, "i1-" + service, port, "1")));
        await until("the instance passes", async () => must(await store.catalog.healthy(service)).endpoints.length === 1);
        let { queryIndex } = must(await store.catalog.healthy(service));
        must(await store.catalog.register(registration(service, "i1-" + service, port, "2")));
        await until("version 2 is heard of", async () => {
          const reading = must(await store.catalog.blockHealthy(service, queryIndex, { waitMs: 2_000 }));
          ({ queryIndex } = reading);
          return reading.endpoints.some((endpoint) => endpoint.meta["version"] === "2");
        });
        must(await store.catalog.deregister("i1-" + service));
      }));
  });
}
