#!/usr/bin/env node
// Measures what rollpin promises, campaign by campaign, and says it in one summary. Exit 1 where a stated bound is broken.
//
//   npm run prove                     all of them, about an hour on two quiet cores
//   npm run prove -- startup idle     some of them
//   npm run prove -- faults --faults 1000 --seed 7
//   npm run prove -- --list           what there is
//
// Flags scale every campaign that knows them: --faults, --seed, --servers.
//
// A campaign is any command. Lines of its stdout that start with "= " are figures, with "! " broken bounds; any exit
// other than 0 is a broken bound too.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const bench = (name, ...words) => ["node", "test/bench/run.js", name, ...words];
const tests = (...names) => ["npx", "vitest", "run", "--project", "integration*", ...names.map(testFile)];

/** One that isn't there is no campaign that was broken. */
function testFile(name) {
  const file = `test/integration/${name}.test.ts`;
  if (!existsSync(join(root, file))) throw new Error(`a campaign names ${file}, and there is none`);
  return file;
}

/** In this order, one after the other: they measure time. */
const campaigns = {
  startup: { proves: "how fast the CLI starts", minutes: 1, command: bench("startup") },
  "wake-ups": { proves: "what one change costs 200 agents, counted", minutes: 1, command: tests("wake-ups") },
  propagation: { proves: "how fast a flip reaches 1, 100 and 1,000 agents", minutes: 20, command: bench("propagation") },
  routing: { proves: "that a decision by 20 rules takes less than a microsecond", minutes: 1, command: bench("routing") },
  planner: { proves: "that 20,000 random systems have the way back that brute force finds", minutes: 3, command: ["npx", "vitest", "run", "--project", "unit", "test/unit/decide/group"], env: { ROLLPIN_PLANNER_SYSTEMS: "20000" } },
  "planner-time": { proves: "that a way back among 1,000 services of 50 versions is found within 200 ms", minutes: 2, command: bench("planner") },
  canaries: { proves: "that of 10,000 simulated canaries without a fault, looked at all the time, no more are called worse than the confidence allows; and how soon a fault is found", minutes: 20, command: bench("canaries") },
  idle: { proves: "what one idle agent costs", minutes: 3, command: bench("idle") },
  "big-registry": { proves: "that a large registry makes neither agents nor commands large", minutes: 4, command: bench("big-registry") },
  export: { proves: "that 2,000 revisions are a Git repository within 30 s, and how it grows", minutes: 3, command: bench("export") },
  "round-trip": { proves: "that 8 random histories of 120 steps, exported, wiped and imported, leave the same state and the same trees", minutes: 8, command: tests("git/round-trip"), env: { ROLLPIN_TRIPS: "8", ROLLPIN_STEPS: "120" } },
  scale: { proves: "that a history of 10,000 revisions and a status of 1,000 services x 10 instances take less than a second, and how that grows", minutes: 4, command: bench("scale") },
  herd: { proves: "that 200 agents whose Consul is restarted come back apart, and storm neither it nor what isn't there", minutes: 1, command: bench("herd") },
  audit: { proves: "that an audit log of a million rows is read and judged in seconds, with a heap of 64 MB", minutes: 1, command: tests("cli/audit"), env: { ROLLPIN_AUDIT_ROWS: "1000000" } },
  operators: { proves: "that of two operators at once one wins, 1,000 times, and history stays whole", minutes: 1, command: tests("operators"), env: { ROLLPIN_OPERATIONS: "1000" } },
  atomic: { proves: "that 200 watchers over 15 services see none of 100 group rollbacks in part", minutes: 2, command: tests("group/atomic"), env: { ROLLPIN_WATCHERS: "200", ROLLPIN_GROUP_ROLLBACKS: "100", ROLLPIN_SEED: String(Date.now() % 1_000_000) } },
  concurrent: { proves: "that 1,000 operations by 8 operators on 20 services, while two leaders of three servers are killed, leave each history linear and every acknowledged change in it once", minutes: 8, command: tests("group/concurrent"), env: { ROLLPIN_OPERATIONS: "1000", ROLLPIN_LEADER_KILLS: "2", ROLLPIN_SEED: String(Date.now() % 1_000_000) } },
  operations: { proves: "that a rollback and a freeze of 200 services whose program is killed at any of their writes are finished or taken back, exactly", minutes: 15, command: tests("operations/interrupted", "operations/interrupted-freeze"), env: { ROLLPIN_KILLED_SERVICES: "200", ROLLPIN_KILL_EVERY: "1" } },
  datacentres: { proves: "that a change in two datacentres whose program is killed at any of its writes is finished or taken back, each datacentre changed exactly once", minutes: 3, command: tests("datacentres/datacentres"), env: { ROLLPIN_KILL_EVERY: "1" } },
  flips: { proves: "that keep-alive clients see no failed request in 20 good flips", minutes: 1, command: tests("flips"), env: { ROLLPIN_FLIPS: "20" } },
  releases: { proves: "that the old version is kept or restored when the new one is bad, and one process of the right version runs after each of 20 agents killed in a switch", minutes: 4, command: tests("process/nasty", "process/output", "process/kill-9", "stories/nasty-releases"), env: { ROLLPIN_NASTY: "all", ROLLPIN_SWITCHES: "20" } },
  "least-power": { proves: "that no rule of an agent's policy could go", minutes: 1, command: tests("stories/least-power"), env: { ROLLPIN_EACH_RULE: "1" } },
  demos: { proves: "that each scenario of the demo ends well and leaves nothing, one by one", minutes: 5, command: tests("demo"), env: { ROLLPIN_DEMOS: "all" } },
  hands: { proves: "that flips by hand are obeyed, and garbage is held", minutes: 1, command: tests("agent/hand-flips", "agent/nasty-pins") },
  away: { proves: "that a service goes on for a minute without Consul, and through elections and lost tokens", minutes: 2, command: tests("agent/consul-away"), env: { ROLLPIN_AWAY_MS: "60000" } },
  deaf: { proves: "that a watch that hears nothing, or old answers, is noticed and heals, 20 times in four ways", minutes: 12, command: tests("agent/deaf"), env: { ROLLPIN_DEAF_ROUNDS: "20" } },
  faults: { proves: "that 100 faults drawn at random (--faults, --seed) break no promise", minutes: 8, command: ["npx", "vitest", "run", "--project", "integration*", "test/campaign/faults.test.ts"], env: { ROLLPIN_FAULTS: "100", ROLLPIN_SEED: String(Date.now() % 1_000_000) } },
  leaders: { proves: "that a group rollback is through within a second of Consul's own recovery, over 20 leaders killed", minutes: 6, command: ["npx", "vitest", "run", "--project", "integration*", "test/campaign/leaders.test.ts"], env: { ROLLPIN_LEADER_KILLS: "20" } },
  nodes: { proves: "that the whole suite passes on Node 22 and 24", minutes: 30, command: ["node", "scripts/nodes.js"], onlyByName: true },
  kills: { proves: "that kill -9 of Consul, agents or the CLI during 50 flips leaves all at the pin and history whole", minutes: 2, command: tests("agent/kills"), env: { ROLLPIN_FLIPS: "50" } },
  actuator: { proves: "that one leader's command runs once per change, and again only after a cut, over 40 faults", minutes: 8, command: tests("actuator/campaign"), env: { ROLLPIN_ACTUATOR_CHANGES: "40", ROLLPIN_ACTUATOR_AGENTS: "8", ROLLPIN_ACTUATOR_EXPIRY: "1" } },
  migrations: { proves: "that data and pins agree after each of 40 rollbacks across migrations of a real PostgreSQL, with the migration, its backend, the agent, the command or the database killed", minutes: 12, command: tests("hooks/kills", "hooks/rollback", "hooks/migrations"), env: { ROLLPIN_MIGRATION_KILLS: "40" } },
  off: { proves: "that in 40 migrations of a service to and fro not one request at a router, or at the port in front of a process, reaches a release that can't read its data", minutes: 5, command: tests("hooks/traffic"), env: { ROLLPIN_OFF_ROUNDS: "20" } },
  pace: { proves: "that a fleet changes at its pace whatever dies, and what hundreds that wait ask of Consul", minutes: 6, command: tests("pace/pace", "pace/crowd"), env: { ROLLPIN_FLEET: "16", ROLLPIN_WAITERS: "400", ROLLPIN_TURN_MS: "1000" } },
  "agent-kills": { proves: "that an agent that dies 20 times, by kill -9, SIGABRT and SIGSEGV, fails none of 50,000 requests, without an inbound port", minutes: 4, command: tests("inbound/agent-kills"), env: { ROLLPIN_AGENT_KILLS: "20", ROLLPIN_REQUESTS: "50000" } },
  inbound: { proves: "that behind an inbound port nothing fails over 20 switches and 20 upgrades of the agent", minutes: 8, command: tests("inbound/inbound"), env: { ROLLPIN_INBOUND_TURNS: "20" } },
  cutover: { proves: "that 20 flips of routes during 100,000 requests fail none, and none is answered by the old version after the router's report; nor a reload and an upgrade", minutes: 5, command: tests("routers/agent"), env: { ROLLPIN_CUTOVER_FLIPS: "20", ROLLPIN_CUTOVER_REQUESTS: "100000" } },
  documents: { proves: "that 5,000 routing documents, valid and broken, stop no traffic under a router in use, and that the last good one stays", minutes: 4, command: tests("routers/documents"), env: { ROLLPIN_DOCUMENTS: "5000" } },
  "cutover-haproxy": { proves: "that 20 flips of routes during 100,000 requests through a real HAProxy fail none, and none is answered by the old version after the router's report; and 1/9/90 over 100,000", minutes: 6, command: tests("haproxy/agent", "haproxy/haproxy"), env: { ROLLPIN_CUTOVER_FLIPS: "20", ROLLPIN_CUTOVER_REQUESTS: "100000", ROLLPIN_SPLIT_REQUESTS: "100000" } },
  split: { proves: "that a split of 1/9/90 is one, over 100,000 requests at the built-in router, HAProxy and nginx", minutes: 3, command: [...tests("routers/proxy", "haproxy/haproxy", "nginx/nginx"), "-t", "1/9/90"], env: { ROLLPIN_SPLIT_REQUESTS: "100000" } },
  "cutover-nginx": { proves: "that 20 flips of routes during 100,000 requests through a real nginx fail no more than 20 bare reloads beside them, and none is answered by the old version after the router's report; and 1/9/90 over 100,000", minutes: 9, command: tests("nginx/agent", "nginx/nginx"), env: { ROLLPIN_CUTOVER_FLIPS: "20", ROLLPIN_CUTOVER_REQUESTS: "100000", ROLLPIN_SPLIT_REQUESTS: "100000" } },
  mesh: { proves: "that Consul's discovery chain follows 200 flips of routes by hand, and how soon; and the table of cases by what it comes to", minutes: 3, command: tests("mesh/agent", "mesh/cases"), env: { ROLLPIN_MESH_FLIPS: "200" } },
  "catalog-cutover": { proves: "that Consul's DNS follows 20 flips of routes without ever naming nobody, and a cache of its answers within the TTL", minutes: 3, command: tests("routers/catalog"), env: { ROLLPIN_CATALOG_FLIPS: "20", ROLLPIN_CATALOG_TTL: "5" } },
  routers: { proves: "how fast a plan has ten routers of each kind leave a version, against bare blocking queries", minutes: 26, command: bench("routers", "--flips", "200") },
  chain: { proves: "where failures start, in 2,000 generated systems of up to 200 services, with records lost and late and up to three bad versions: right in 99% with one, and never a version that nobody changed", minutes: 30, command: bench("chain") },
  "chain-load": { proves: "that the analyser of call chains takes 20,000 spans a second on one core, and that its memory stays flat over 10 million", minutes: 3, command: bench("chain-load", "--millions", "10") },
  "chain-fuzz": { proves: "that 100,000 changed messages of each encoding from a bus crash, hang and grow nothing", minutes: 4, command: ["npx", "vitest", "run", "--project", "unit", "--testTimeout", "1200000", "test/unit/fuzz/otlp.test.ts"], env: { ROLLPIN_FUZZ: "100000" } },
  "guard-kills": { proves: "that over 50 automatic rollbacks whose guard is killed before or after one of its writes, and Consul too between every other batch of guards, each cause is acted on exactly once", minutes: 12, command: tests("guard/kills"), env: { ROLLPIN_GUARD_KILLS: "50", ROLLPIN_SEED: String(Date.now() % 1_000_000) } },
  "guard-servers": { proves: "that 51 automatic rollbacks and rollouts, and 17 releases that nobody accuses, end once each while the guard that leads, Consul, Prometheus, Alertmanager and the broker (RabbitMQ, then NATS) are killed at random; that people are told; and that no good release is turned back for it", minutes: 20, command: ["npx", "vitest", "run", "--project", "integration*", "test/campaign/guarded-servers.test.ts"], env: { ROLLPIN_SERVER_KILLS_RABBITMQ: "10", ROLLPIN_SERVER_KILLS_NATS: "7", ROLLPIN_SEED: String(Date.now() % 1_000_000) } },
  proxy: { proves: "that the built-in router carries at least 90% of what the least forwarder on the same library does", minutes: 3, command: bench("proxy") },
  crowd: { proves: "that an operator who finds no place beside 300 agents is told why and what to set", minutes: 2, command: tests("limits/crowd"), env: { ROLLPIN_CROWD: "300", ROLLPIN_CROWD_LIMIT: "200", ROLLPIN_CROWD_TRIES: "20" } },
  fuzz: { proves: "that 100,000 generated inputs of each kind crash, hang and grow nothing", minutes: 30, command: ["npx", "vitest", "run", "--project", "unit", "--testTimeout", "1200000", "test/unit/fuzz/fuzz.test.ts"], env: { ROLLPIN_FUZZ: "100000" } },
  "guard-hostile": { proves: "that 100,000 hostile requests to Alertmanager's webhook and 100,000 hostile messages on the bus crash and grow nothing, and that none rolls back a service with a policy that would, until one valid word does", minutes: 20, command: tests("guard/hostile"), env: { ROLLPIN_HOSTILE: "100000", ROLLPIN_SEED: String(Date.now() % 1_000_000) } },
  "guard-latency": { proves: "how long a bad canary stays in traffic by each road on which the guard learns of it: a real Prometheus and Alertmanager at one second, a real RabbitMQ, rollpin's own router; 20 times each, and that rollpin's own part after Alertmanager's word is below 200 ms at p99", minutes: 18, command: tests("guard/latency"), env: { ROLLPIN_GUARD_ROUNDS: "20" } },
  "load-hour": { proves: "that an agent in use for an hour grows in nothing: memory, descriptors, files, processes, history", minutes: 61, command: bench("load", "--minutes", "60"), onlyByName: true },
  "idle-hour": { proves: "that an idle agent's memory stays flat for an hour", minutes: 61, command: bench("idle", "--minutes", "60"), onlyByName: true },
};

const { flags, positionals: words } = readWords();
/** A flag's word beats what the campaign asks for. */
const scaled = Object.fromEntries(Object.entries({ ROLLPIN_FAULTS: flags.faults, ROLLPIN_SEED: flags.seed, ROLLPIN_SERVERS: flags.servers }).filter(([, value]) => value !== undefined));
if (flags.list) list();
else process.exitCode = await prove(words.length > 0 ? words : Object.keys(campaigns).filter((name) => !campaigns[name].onlyByName));

function readWords() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { list: { type: "boolean" }, faults: { type: "string" }, seed: { type: "string" }, servers: { type: "string" } } });
    for (const name of ["faults", "seed", "servers"]) if (values[name] !== undefined && !/^[0-9]{1,9}$/.test(values[name])) throw new Error(`--${name} ${values[name]} is not a number`);
    return { flags: values, positionals };
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

function list() {
  for (const [name, { minutes, onlyByName, proves }] of Object.entries(campaigns)) console.log(`${name.padEnd(12)} ${proves}, about ${minutes} min${onlyByName ? "; only when named" : ""}`);
}

async function prove(names) {
  const unknown = names.filter((name) => !Object.hasOwn(campaigns, name));
  if (unknown.length > 0) {
    console.error(`there is no campaign ${unknown.join(", ")}; there are: ${Object.keys(campaigns).join(", ")}`);
    return 2;
  }
  console.log(`${names.join(", ")}: about ${names.reduce((sum, name) => sum + campaigns[name].minutes, 0)} minutes`);
  const built = await run(["node", "scripts/build.js"], {});
  if (built.code !== 0) return 1;
  const outcomes = [];
  for (const name of names) {
    console.log(`\n--- ${name}: ${campaigns[name].proves}`);
    outcomes.push({ name, ...(await run(campaigns[name].command, { ...campaigns[name].env, ...scaled })) });
  }
  return summarise(outcomes);
}

function summarise(outcomes) {
  console.log("\n--- summary");
  for (const { code, figures, name } of outcomes) {
    console.log(`${code === 0 ? "held  " : "BROKEN"} ${name}: ${campaigns[name].proves}`);
    for (const figure of figures) console.log(`    ${figure}`);
    if (code !== 0 && !figures.some((figure) => figure.startsWith("!"))) console.log(`    ! it ended with exit ${code}; what it printed is above`);
  }
  return outcomes.every(({ code }) => code === 0) ? 0 : 1;
}

/** Shows what the command prints as it comes, and keeps its figures. */
async function run([program, ...argv], env) {
  const child = spawn(program, argv, { cwd: root, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...env } });
  const stop = (signal) => {
    child.kill(signal);
    process.exitCode = 130;
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  const figures = [];
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    if (/^[=!] /.test(line)) figures.push(line);
  }
  const code = await ended;
  process.off("SIGINT", stop);
  process.off("SIGTERM", stop);
  return { code, figures };
}
