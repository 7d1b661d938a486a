import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Inbound } from "../../../../agent/inbound/inbound.ts";
import { type OffKeeper, keepOff } from "../../../../agent/control/keep-off.ts";
import type { RememberedOff } from "../../../../agent/files/off-file.ts";
import { consulIntent } from "../../../../agent/loop/determine-intent.ts";
import { parseAgentFile } from "../../../../core/config/parse-agent-file.ts";
import type { Head } from "../../../../core/model/records.ts";
import { until } from "../../../support/until.ts";
import { closeAll, httpService, open } from "../inbound/door-rig.ts";

afterEach(closeAll);

const MARK = { id: "shop.3-aaaaaa", kind: "rollback", by: "ana", at: "2026-03-01T12:00:00.000Z", off: ["2.0.0"] } as const;
const OPERATION = "operation shop.3-aaaaaa migrates the data of shop, which 2.0.0 can't read meanwhile";

/** The status, or what was answered. */
function ask(port: number, headers: Readonly<Record<string, string>> = {}, path = "/"): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ port, path, headers, host: "127.0.0.1", agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).once("end", () => resolve(response.statusCode === 200 ? text : String(response.statusCode)));
    }).once("error", reject).end();
  });
}

describe("an instance behind its agent's port", () => {
  let inbound: Inbound;
  let keeper: OffKeeper;
  let remembered: (RememberedOff | undefined)[];
  let finish: () => void;
  let old: number;

  const keep = (formerOff?: RememberedOff): OffKeeper => {
    const file = parseAgentFile("service: shop\nregister: {check: {http: /healthz}}\nappliers:\n  - process: {command: [node, server.js, '{{port}}']}\n", "rollpin.yaml");
    if (!file.ok) throw new Error(JSON.stringify(file.fault));
    const rememberOff = (off: RememberedOff | undefined): Promise<void> => Promise.resolve(void remembered.push(off));
    return keepOff({ agent: { file: file.value, inbound, formerOff, rememberOff } as never, presence: { registration: undefined } as never }, () => undefined);
  };
  const hear = (more: Partial<Head>, pin = "2.0.0"): void => {
    const head: Head = { revision: 2, digest: "", at: MARK.at, by: "ana", ...more };
    keeper.consider(consulIntent(head, { state: { pins: { stable: pin } }, refused: [], flipped: [], overrides: [] }, { service: "shop", track: "stable", localVersion: undefined }));
  };

  beforeEach(async () => {
    remembered = [];
    inbound = await open({ hold: "100ms" });
    old = await httpService((incoming, response) => {
      if (incoming.url !== "/slow") return void response.end("new");
      response.write("slowly ");
      finish = () => response.end("ended");
    });
    await inbound.route("2.0.0", old);
    keeper = keep();
  });

  it("is given nothing new but Consul's check while its version is off, and says so when nothing is in flight any more", async () => {
    const slow = ask(inbound.port, {}, "/slow");
    await until("it is under way", () => inbound.state().inFlight === 1);
    hear({ operation: { ...MARK, off: [...MARK.off] } });
    expect(await ask(inbound.port)).toBe("503");
    expect(await ask(inbound.port, { "user-agent": "Consul Health Check" }, "/healthz")).toBe("new");
    expect([await ask(inbound.port, {}, "/healthz"), await ask(inbound.port, { "user-agent": "Consul Health Check" })]).toEqual(["503", "503"]);
    expect(keeper.traffic()).toEqual({ catalog: undefined, off: undefined });
    finish();
    expect(await slow).toBe("slowly ended");
    await until("it says so", () => keeper.traffic()?.off);
    expect(keeper.traffic()?.off).toBe(OPERATION);
    hear({});
    expect([await ask(inbound.port), keeper.traffic()?.off]).toEqual(["new", undefined]);
    await until("it is remembered", () => remembered.length === 2);
    expect(remembered).toEqual([{ version: "2.0.0", why: OPERATION }, undefined]);
  });

  it("stays off after the pins until it runs what is pinned, and what waits meanwhile goes there", async () => {
    inbound.adjust({ ...inbound.settings, hold: 20_000 });
    hear({ operation: { ...MARK, off: [...MARK.off] } });
    const waiting = ask(inbound.port);
    hear({ off: ["2.0.0"], schema: 7 }, "1.0.0");
    await until("it says so", () => keeper.traffic()?.off === "2.0.0 doesn't read what the data of shop is at, schema 7");
    await inbound.route("1.0.0", await httpService((_, response) => response.end("old")));
    keeper.look();
    expect([await waiting, keeper.traffic()?.off]).toEqual(["old", undefined]);
  });

  it("starts anew as it was, until Consul says otherwise", async () => {
    keeper = keep({ version: "2.0.0", why: "because" });
    expect(await ask(inbound.port)).toBe("503");
    keeper.consider({ kind: "unknown", hold: { code: "starting", message: "" } });
    expect(await ask(inbound.port)).toBe("503");
    hear({});
    expect(await ask(inbound.port)).toBe("new");
  });
});
