/** Every store must pass this: memory, and the real Consul. One folder of the suite for each part of the port. */
import { afterAll, beforeAll, describe } from "vitest";
import { describeCatalog } from "./parts/catalog.ts";
import { describeBlocking } from "./parts/blocking.ts";
import { describeMesh } from "./parts/mesh.ts";
import { describeReading } from "./parts/reading.ts";
import { describeSessions } from "./parts/sessions.ts";
import { describeTransactions } from "./parts/transactions.ts";
import { describeWatching } from "./parts/watching.ts";
import type { Store } from "../../core/store/port.ts";
import type { ContractWorld } from "./world.ts";

/** A world for all tests of a suite, and a prefix of its own for each. */
export interface Fixture {
  readonly world: () => ContractWorld;
  /** A client whose prefix nothing else uses, neither as its own nor as the beginning of its own. */
  readonly fresh: () => Store;
}

export function describeStoreContract(name: string, makeWorld: () => Promise<ContractWorld>): void {
  describe(name, () => {
    let world: ContractWorld | undefined;
    let made = 0;
    beforeAll(async () => {
      world = await makeWorld();
    });
    afterAll(() => world?.stop());

    const current = (): ContractWorld => {
      if (world === undefined) throw new Error("the world has not started");
      return world;
    };
    const fixture: Fixture = { world: current, fresh: () => current().client(`contract${String((made += 1)).padStart(4, "0")}`) };
    describeReading(fixture);
    describeTransactions(fixture);
    describeSessions(fixture);
    describeBlocking(fixture);
    describeCatalog(fixture);
    describeMesh(fixture);
    describeWatching(fixture);
  });
}
