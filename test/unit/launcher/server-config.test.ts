import { describe, expect, it } from "vitest";
import { type NodeFacts, parseConsulVersion, serverConfig } from "../../../cli/launcher/server-config.ts";

const facts: NodeFacts = {
  name: "one",
  ports: { http: 1, dns: 2, server: 3, serfLan: 4, serfWan: 5 },
  dataDir: undefined,
  cluster: ["127.0.0.1:4"],
  managementToken: undefined,
  version: { major: 1, minor: 8 },
};

describe("serverConfig", () => {
  it("uses only words that this version of Consul knows", () => {
    const old = serverConfig({ ...facts, managementToken: "t" }, {});
    expect(old).toMatchObject({ ports: { grpc: -1 }, acl: { tokens: { master: "t" } } });
    expect(old["ports"]).not.toHaveProperty("grpc_tls");
    expect(serverConfig({ ...facts, managementToken: "t", version: { major: 1, minor: 21 } }, {})).toMatchObject({
      ports: { grpc: -1, grpc_tls: -1 },
      acl: { tokens: { initial_management: "t" } },
    });
  });

  it("merges more settings over its own, deeply, and leaves its own alone", () => {
    const merged = serverConfig(facts, { ports: { https: 9 }, log_level: "ERR", limits: { http_max_conns_per_client: 5 } });
    expect(merged).toMatchObject({ ports: { http: 1, https: 9 }, log_level: "ERR", limits: { http_max_conns_per_client: 5 } });
    expect(serverConfig(facts, {})).toMatchObject({ log_level: "WARN" });
  });

  it("waits for the whole cluster only where data is kept", () => {
    expect(serverConfig(facts, {})).not.toHaveProperty("bootstrap_expect");
    expect(serverConfig({ ...facts, dataDir: "/d", cluster: ["a", "b", "c"] }, {})).toMatchObject({ bootstrap_expect: 3, retry_join: ["a", "b", "c"] });
  });
});

describe("parseConsulVersion", () => {
  it.each([
    ["Consul v1.8.7\nProtocol 2 spoken", { major: 1, minor: 8 }],
    ["Consul v1.21.5+ent\nRevision x", { major: 1, minor: 21 }],
    ["Vault v1.2.3", undefined],
    ["", undefined],
  ])("%j", (printed, version) => expect(parseConsulVersion(printed)).toEqual(version));
});
