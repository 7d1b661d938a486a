import { describe, expect, it } from "vitest";
import { renderConfigError } from "../../../core/config/config-error.ts";
import { parseAgentFile } from "../../../core/config/parse-agent-file.ts";

function problems(text: string): readonly string[] {
  const parsed = parseAgentFile(text, "rollpin.yaml");
  return parsed.ok ? [] : parsed.fault.map(renderConfigError);
}

const MINIMAL = "service: checkout\n";
const PROCESS = 'service: a\nappliers:\n  - process:\n      command: ["./server", "{{version}}", "--port={{port}}"]\n';

describe("parseAgentFile", () => {
  it("fills in what is not said", () => {
    const parsed = parseAgentFile(PROCESS, "rollpin.yaml");
    expect(parsed).toMatchObject({ ok: true, value: { service: "a", track: "stable", actuator: "instance", prefix: "rollpin", sessionTtl: 15_000, appliers: [{ process: { drain: 2_000, ready: { tcp: true } } }] } });
  });

  it("says everything that is wrong at once, each at its line and column", () => {
    const text = [
      "service: Checkout_",
      "version: 1.10",
      "sevice: x",
      "listen: 0.0.0.0:80",
      "sessionTtl: 15",
      "logLevel: wran",
      "appliers:",
      "  - process:",
      "      command: []",
      '      drain: "5"',
      "      redy: 3",
      "      ready: {http: health}",
      "  - proces: {command: [a]}",
      "observe: {version: {fil: x}}",
      "consul: {certFile: x}",
    ].join("\n");
    expect(problems(text)).toEqual([
      'rollpin.yaml:1:10: service: "Checkout_" is not a service name: use 1 to 63 of a-z, 0-9 and "-", with no "-" at either end',
      'rollpin.yaml:2:10: version: needs text, not 1.1: put it in quotes, "1.10"',
      'rollpin.yaml:3:1: sevice: is not a known key; did you mean "service"?',
      'rollpin.yaml:4:9: listen: "0.0.0.0:80" can be reached from other machines, and what it serves has no password: write "127.0.0.1:80" or "unix:/path", or a block with "address" and "tokenFile"',
      'rollpin.yaml:5:13: sessionTtl: needs a duration: a number and ms, s, m, h or d, such as "10s"',
      'rollpin.yaml:6:11: logLevel: "wran" is not known: write one of debug, info, warn, error; did you mean "warn"?',
      "rollpin.yaml:9:7: appliers[0].process.command: needs at least the program to run",
      'rollpin.yaml:10:14: appliers[0].process.drain: "5" is not a duration: write a number and ms, s, m, h or d, such as "10s"',
      'rollpin.yaml:11:7: appliers[0].process.redy: is not a known key; did you mean "ready"?',
      'rollpin.yaml:12:7: appliers[0].process.ready: http needs a port to look at: put {{port}} into the command, or add "port", or say "ready: {command: [...]}"',
      'rollpin.yaml:12:21: appliers[0].process.ready.http: "health" is not a path: it starts with "/", such as "/health"',
      'rollpin.yaml:13:5: appliers[1].proces: is not a known key; did you mean "process"?',
      'rollpin.yaml:14:1: observe: says where to read a version that someone else runs: add "actuator: observe" (or "actuator: service"), or remove it',
      'rollpin.yaml:14:21: observe.version.fil: is not a known key; did you mean "file"?',
      'rollpin.yaml:15:10: consul.certFile: needs "keyFile" too',
    ]);
  });

  it("has calls written down where some pass this agent, and says all that can't be written at once", () => {
    const doors = "routers: [{kind: proxy, upstream: b, listen: '127.0.0.1:7001'}]\n";
    expect(parseAgentFile(`service: a\n${doors}audit: {file: a.jsonl, user: X-User, paths: [/orders/*, /static/**]}`, "rollpin.yaml")).toMatchObject({
      ok: true,
      value: { audit: { file: "a.jsonl", user: "x-user", parameters: [], paths: [["orders", "*"], ["static", "**"]], maxBytes: 104_857_600, maxAge: 86_400_000, keep: 10, gzip: false, sync: "rotation" } },
    });
    expect(problems("service: a\naudit: {file: a.jsonl}")).toEqual(['rollpin.yaml:2:1: audit: writes the calls that pass this agent, and none does: add a router of the kind "proxy" or an inbound port, in mode http, or remove it']);
    expect(problems(`service: a\n${doors.replace("}", ", mode: tcp}")}audit: {file: a.jsonl}`)).toHaveLength(1);
    expect(problems(`service: a\n${doors}audit:\n  file: ""\n  user: Authorization\n  parameters: [id, api_key]\n  paths: [orders, /**/x]\n  keep: 0\n  maxAge: 10`)).toEqual([
      "rollpin.yaml:4:9: audit.file: needs a path",
      'rollpin.yaml:5:9: audit.user: "Authorization" holds a secret, and secrets aren\'t written: name a header that only says who',
      'rollpin.yaml:6:20: audit.parameters[1]: "api_key" is the name of a secret, and secrets aren\'t written: remove it',
      'rollpin.yaml:7:11: audit.paths[0]: "orders" is no path: it starts with "/", such as "/orders/*/items"',
      'rollpin.yaml:7:19: audit.paths[1]: "/**/x": "**" stands for all that follows, so it is the last segment',
      "rollpin.yaml:8:9: audit.keep: 0 is too small: at least 1",
      'rollpin.yaml:9:11: audit.maxAge: needs a duration: a number and ms, s, m, h or d, such as "10s"',
    ]);
  });

  it("takes hooks whose commands are told by their environment, each way by itself", () => {
    expect(parseAgentFile("service: a\nhooks: {migrate: {down: {command: [./down]}}}", "rollpin.yaml")).toMatchObject({ ok: true, value: { hooks: { migrate: { down: { command: ["./down"], timeout: 600_000 }, tries: 3 } } } });
    expect(problems("service: a\nhooks:\n  migrate: {directory: x}")).toEqual(['rollpin.yaml:3:3: hooks.migrate: needs "down", "up" or both: the command that takes the schema one step that way']);
    expect(problems('service: a\nhooks:\n  migrate: {down: {command: [./down, "{{version}}"], timeot: 1s}}\n  migate: 1')).toEqual([
      "rollpin.yaml:3:38: hooks.migrate.down.command[1]: nothing fills in {{version}} here: the change is in the environment, such as $ROLLPIN_SCHEMA_TO",
      'rollpin.yaml:3:54: hooks.migrate.down.timeot: is not a known key; did you mean "timeout"?',
      'rollpin.yaml:4:3: hooks.migate: is not a known key; did you mean "migrate"?',
    ]);
  });

  it.each([
    ["an empty file", "", ["rollpin.yaml:1:1: it is empty"]],
    ["a list", "[]", ["rollpin.yaml:1:1: needs a block of keys, not a list"]],
    ["a missing service", "track: canary", ["rollpin.yaml:1:1: service: is missing"]],
    ["a key given twice", "service: a\nservice: b", ["rollpin.yaml:2:1: this key is here twice; keep one of them"]],
    ["two documents", "service: a\n---\nservice: b", ['rollpin.yaml:2:1: it holds more than one YAML document; keep one, without "---" in between']],
    ["tabs", "service: a\nreleases:\n\tfile: x", ["rollpin.yaml:3:1: tabs can't indent YAML; use spaces"]],
    ["a tag that would make an object", "service: !!js/function x", ["rollpin.yaml:1:10: Unresolved tag: tag:yaml.org,2002:js/function"]],
    ["a prototype", "service: a\n__proto__: {track: x}", [expect.stringMatching(/^rollpin\.yaml:2:1: __proto__: is not a known key; known here: service, /)]],
    ["two kinds in one applier", "service: a\nappliers:\n  - exec: {command: [a]}\n    template: {source: a, target: b}", ['rollpin.yaml:3:5: appliers[0].exec: can\'t stand beside "template": keep one of them, or make it an entry of its own']],
    ["an applier of no kind", "service: a\nappliers: [{}, x]", ['rollpin.yaml:2:12: appliers[0]: needs "process" or "template" or "exec"', expect.stringContaining('appliers[1]: "x" is not valid here')]],
    ["a second process", `${PROCESS}  - process: {command: ["{{port}}"]}`, ["rollpin.yaml:5:5: appliers[1].process: an agent looks after one process: start another agent for this one"]],
    ["drain without overlap", "service: a\nappliers: [{process: {command: [x], port: 80, drain: 5s}}]", [expect.stringContaining("appliers[0].process.drain: is the time in which old and new process run side by side")]],
    ["a chosen and a given port", `${PROCESS}      port: 80`, [expect.stringContaining("appliers[0].process.port: the command has {{port}}")]],
    ["a misspelt placeholder", "service: a\nappliers: [{process: {command: ['{{verison}}', '{{ port }}'], port: 1}}]", [expect.stringContaining("did you mean {{version}}?"), expect.stringContaining("did you mean {{port}}?")]],
    ["a placeholder where nothing fills it in", "service: a\nappliers: [{exec: {command: ['{{version}}']}}]", [expect.stringContaining("$ROLLPIN_VERSION")]],
    ["a process that is only observed", "service: a\nactuator: observe\nappliers: [{process: {command: [x], port: 1}}]", [expect.stringContaining('appliers[0].process: "actuator: observe" means')]],
    ["a process where one agent acts for all", "service: a\nactuator: service\nappliers: [{process: {command: [x], port: 1}}, {exec: {command: [x]}}]", [expect.stringContaining('rollpin.yaml:3:13: appliers[0].process: "actuator: service" has one agent act for the whole service, and a process belongs to one instance')]],
    ["a template where one agent acts for all", "service: a\nactuator: service\nappliers: [{template: {source: a, target: b}}]", [expect.stringContaining("appliers[0].template: \"actuator: service\" has one agent act for the whole service, and a file would change on that agent's host only")]],
    ["nothing to act with", "service: a\nactuator: service", [expect.stringContaining('rollpin.yaml:2:11: actuator: "service" needs an exec applier')]],
    ["a session that Consul would refuse", "service: a\nsessionTtl: 2s", ['rollpin.yaml:2:13: sessionTtl: "2s" is too short: at least 10000 ms']],
    ["a router's file that a template writes too", "service: a\nappliers: [{template: {source: a, target: b}}]\nrouters: [{kind: template, upstream: c, source: a, target: b}]", ["rollpin.yaml:3:60: routers[0].target: another template of this file writes the same target"]],
    ["a router's check without its candidate", 'service: a\nrouters: [{kind: template, upstream: c, source: a, target: b, check: [nginx, "{{candidat}}"], drained: [sh, "{{x}}"]}]', ["rollpin.yaml:2:78: routers[0].check[1]: nothing fills in {{candidat}}; did you mean {{candidate}}?", expect.stringContaining("routers[0].drained[1]: nothing fills in {{x}} here: the change is in the environment, such as $ROLLPIN_UPSTREAM")]],
    ["two meshes of one service", "service: a\nrouters: [{kind: mesh, upstream: c}, {kind: proxy, upstream: c, listen: \"127.0.0.1:1\"}, {kind: mesh, upstream: c, name: x}]", ["rollpin.yaml:2:112: routers[2].upstream: a service is in Consul's mesh but once: remove this one"]],
    ["a mesh that adopts what is none of its entries", "service: a\nrouters: [{kind: mesh, upstream: c, adopt: [service-defaults]}]", [expect.stringContaining("routers[0].adopt[0]")]],
    ["a router's min above max", "service: a\nrouters: [{kind: template, upstream: c, source: a, target: b, quiescence: {min: 5s, max: 1s}}]", [expect.stringContaining('quiescence.max: must be at least "min"')]],
    ["min above max", "service: a\nappliers: [{template: {source: a, target: b, quiescence: {min: 5s, max: 1s}}}]", [expect.stringContaining('quiescence.max: must be at least "min"')]],
    ["artifacts without a version", "service: a\nreleases: {artifacts: ./releases}", [expect.stringContaining("needs {{version}} in it")]],
    ["a prefix with slashes around", "service: a\nprefix: /x/", [expect.stringContaining('"/x/" is not a prefix')]],
    ["a register that is no block", "service: a\nregister: true", [expect.stringContaining('true is not valid here: write false, or a block with "name"')]],
  ])("refuses %s", (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it.each(["0.0.0.0:1", "[::]:1", "10.0.0.1:80", ":80", "127.0.0.1", "127.0.0.1:99999", "unix:relative", "example.com:80", "localhost.example.com:80"])("does not listen on %s", (listen) => {
    expect(problems(`${MINIMAL}listen: "${listen}"`)).toHaveLength(1);
  });

  it.each(["127.0.0.1:0", "127.9.9.9:80", "localhost:80", "[::1]:80", "unix:/run/x.sock"])("listens on %s", (listen) => {
    expect(problems(`${MINIMAL}listen: "${listen}"`)).toEqual([]);
  });

  it.each([
    ['{ address: "10.0.0.5:7070", tokenFile: ./token }', []],
    ['{ address: "[::]:7070", tokenFile: ./token }', []],
    ["{ address: unix:/run/x.sock }", []],
    ['{ address: "10.0.0.5:7070" }', ['rollpin.yaml:2:20: listen.address: "10.0.0.5:7070" can be reached from other machines, and what it serves has no password: write "127.0.0.1:7070" or "unix:/path", or a block with "address" and "tokenFile"']],
    ['{ address: "10.0.0.5:7070", tokenFile: "" }', ["rollpin.yaml:2:48: listen.tokenFile: needs a path"]],
    ['{ address: "example.com:80", tokenFile: x }', ['rollpin.yaml:2:20: listen.address: "example.com:80" is not an address: write "127.0.0.1:<port>" or "unix:/path"']],
    ['{ address: "127.0.0.1:1", token: x }', ["rollpin.yaml:2:35: listen.token: is not a known key; known here: address, tokenFile"]],
  ])("of a block, %s", (block, expected) => {
    expect(problems(`${MINIMAL}listen: ${block}`)).toEqual(expected);
  });

  it.each(["consul: {token: 4711471147}", "appliers: [{exec: {command: [a], environment: {DB_PASSWORD: 4711471147}}}]", "appliers: [{process: {command: [a], port: 1, environment: {API_KEY: 4711471147}}}]"])("does not show the secret in %s", (line) => {
    expect(problems(`${MINIMAL}${line}`)).toEqual([expect.stringMatching(/it needs text in quotes \(what stands there is a secret, and not shown\)/)]);
    expect(problems(`${MINIMAL}${line}`).join()).not.toContain("4711");
  });

  it("expands anchors, but no bomb of them", () => {
    expect(problems("service: a\nappliers:\n  - exec: &e {command: [a]}\n  - exec: *e\n")).toEqual([]);
    const bomb = ["a: &a [1,1,1,1,1,1,1,1,1,1]", ...["b", "c", "d", "e", "f", "g"].map((name, index) => `${name}: &${name} [${Array.from({ length: 10 }, () => `*${"abcdef"[index]}`).join(",")}]`)].join("\n");
    expect(problems(bomb)).toEqual([expect.stringContaining("its anchors can't be expanded")]);
  });

  it("refuses a file above 1 MiB before it parses it", () => {
    expect(problems(`service: a\n#${"x".repeat(1024 * 1024)}`)).toEqual(["rollpin.yaml:1:1: it is 1048588 bytes long; the limit is 1048576"]);
  });

  it.each([
    ["inbound: 8080", []],
    ["inbound: { port: 8080, mode: tcp, drainLimit: 1m }", []],
    ["inbound: { port: 8080, mode: udp }", ['rollpin.yaml:5:36: appliers[0].process.inbound.mode: "udp" is not known: write one of http, tcp; did you mean "tcp"?']],
    ["inbound: { port: 8080, address: localhost }", ['rollpin.yaml:5:39: appliers[0].process.inbound.address: needs an IP address to listen on, such as "0.0.0.0" or "127.0.0.1"']],
    ["inbound: 8080\n      drain: 2s", ['rollpin.yaml:6:7: appliers[0].process.drain: the inbound port knows what is in flight, so nothing is waited for blindly: remove this, or say "inbound: {drainLimit: ...}"']],
  ])("of an inbound port, %s", (line, expected) => {
    expect(problems(`${PROCESS}      ${line}\n`)).toEqual(expected);
  });

  it("an inbound port needs a process whose port the agent chooses", () => {
    expect(problems("service: a\nappliers:\n  - process:\n      command: [./server]\n      port: 80\n      inbound: 8080\n")).toEqual([
      "rollpin.yaml:6:7: appliers[0].process.inbound: is a port in front of one that the agent chooses: put {{port}} into the command, or remove it",
    ]);
  });

  it("takes Consul's catalog for a router where the agent keeps a place in it, once", () => {
    const router = (text: string) => `routers:\n  - {kind: catalog, ${text}}\n`;
    expect(problems(`${PROCESS}${router('tags: ["weight={{weight}} {{share}} {{version}} {{track}}"]')}`)).toEqual([]);
    expect(problems(`${PROCESS}${router('tags: ["{{wieght}}"]')}  - {kind: catalog, name: b}\n`)).toEqual([
      'rollpin.yaml:6:28: routers[0].tags[0]: nothing fills in {{wieght}}; did you mean {{weight}}?',
      'rollpin.yaml:7:5: routers[1]: an instance has one place in the catalog: remove this one',
    ]);
    const homeless = expect.stringMatching(/needs a process applier, and no "register: false"$/) as string;
    expect(problems(`${PROCESS}register: false\n${router("name: b")}`)).toEqual([homeless]);
    expect(problems(`${MINIMAL}${router("name: b")}`)).toEqual([homeless]);
  });
});
