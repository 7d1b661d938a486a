/** Instances by the dozen that ask a real Consul for what the routes give them: no processes, and one desired state for all. */
import { setMaxListeners } from "node:events";
import { systemClock } from "../../../core/clock.ts";
import { parseAgentFile } from "../../../core/config/parse-agent-file.ts";
import { digestForTrack } from "../../../core/decide/digest.ts";
import { catalogRouterOf } from "../../../core/config/router-settings.ts";
import type { RouterRecord } from "../../../core/model/router-records.ts";
import type { Catalog } from "../../../core/store/port.ts";
import type { Intent } from "../../../agent/loop/intent.ts";
import { createSignalFlag } from "../../../agent/loop/signal-flag.ts";
import { createRegistration } from "../../../agent/presence/registration.ts";
import { steerCatalog } from "../../../agent/routers/catalog/steer-catalog.ts";
import { consulStore } from "../../contract/world.ts";
import type { ConsulServer } from "../../support/consul-server.ts";

export interface CatalogFleet {
  /** All are told at once, as by a watch. */
  turn(routes: string | undefined): void;
  /** What each router would write into its record. */
  records(): readonly (Omit<RouterRecord, "at"> | undefined)[];
  /** Registrations and maintenances since this was asked last. */
  writes(): number;
  end(): Promise<void>;
}

interface Member {
  readonly id: string;
  readonly track: string;
  readonly version: string;
  readonly port: number;
}

export async function startCatalogFleet(consul: ConsulServer, service: string, members: readonly Member[], pins: Readonly<Record<string, string>>): Promise<CatalogFleet> {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  let [revision, writes] = [1, 0];
  let routes: string | undefined;
  const started = await Promise.all(
    members.map(async ({ id, port, track, version }) => {
      const opened = consulStore(consul, "rollpin");
      const { catalog } = opened;
      const count = (): void => void (writes += 1);
      const counting: Pick<Catalog, "maintain" | "register"> = {
        register: (...words) => (count(), catalog.register(...words)),
        maintain: (...words) => (count(), catalog.maintain(...words)),
      };
      const store = { ...opened, catalog: { ...catalog, ...counting } };
      const parsed = parseAgentFile(`service: ${service}\ninstance: ${id}\ntrack: ${track}\nregister: {check: false}\nrouters: [{kind: catalog}]\nappliers: [{process: {command: ["{{port}}"]}}]\n`, "rollpin.yaml");
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.fault));
      const { register, routers } = parsed.value;
      const settings = catalogRouterOf(routers);
      if (settings === undefined || register === false) throw new Error("a catalog router needs a registration");
      const registration = createRegistration({ store, clock: systemClock, settings: register, service, instance: id, track, isRouted: true, onFault: () => undefined });
      const turned = createSignalFlag();
      let record: Omit<RouterRecord, "at"> | undefined;
      const intent = (): Intent => {
        const state = { pins, routes };
        return { kind: "consul", revision, plan: undefined, mode: "enforce", restartRevision: 0, state, target: { version, config: undefined, routes }, digest: digestForTrack(state, track), refused: [], hold: undefined };
      };
      const nothing = (): void => undefined;
      const log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log };
      const presence = {
        isTaken: () => false,
        holdRecord: () => ({ report: (next: object) => void (record = next as Omit<RouterRecord, "at">), run: () => Promise.resolve(), hold: nothing, remove: () => Promise.resolve() }),
      };
      const agent = { file: parsed.value, instance: id, store, clock: systemClock, random: Math.random, log, process: { node: "rig", agent: { version: "0.0.0", startedAt: new Date().toISOString() } } };
      const running = Promise.all([registration.run(over.signal), steerCatalog({ agent, presence, registration, settings, intent, turned, onFault: nothing, show: nothing }, over.signal)]);
      await registration.announce({ version, port });
      return { turned, record: () => record, running, close: () => opened.close() };
    }),
  );
  return {
    turn(next) {
      revision += 1;
      routes = next;
      for (const { turned } of started) turned.raise();
    },
    records: () => started.map(({ record }) => record()),
    writes() {
      const counted = writes;
      writes = 0;
      return counted;
    },
    async end() {
      over.abort();
      await Promise.all(started.map(({ running }) => running));
      for (const { close } of started) close();
    },
  };
}
