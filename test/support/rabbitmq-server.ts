/** A real RabbitMQ on loopback, by itself. It takes ten seconds to start: one for all tests of a file. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePorts } from "../../core/free-ports.ts";
import { ERLANG_FOLDER } from "../../cli/launcher/obtain-broker.ts";
import { createProgramGroup } from "./program-group.ts";
import { until } from "./until.ts";

export interface RabbitmqServer {
  readonly url: string;
  /** With what it has kept. */
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

/** Undefined where none could be obtained: `describe.skipIf`. */
export const rabbitmqProgram = process.env["ROLLPIN_TEST_RABBITMQ"];

const START_MS = 100_000;

/** Started. `guest:guest` may do anything. */
export async function startRabbitmq(): Promise<RabbitmqServer> {
  const program = rabbitmqProgram;
  if (program === undefined) throw new Error("ROLLPIN_TEST_RABBITMQ is not set: run this under vitest's integration project, whose globalSetup sets it");
  const folder = await mkdtemp(join(tmpdir(), "rpq-"));
  const [port = 0, epmd = 0, dist = 0] = await freePorts(3);
  const group = createProgramGroup();
  const script = join(folder, "start");
  await writeFile(script, startScript({ program, folder, port, epmd, dist }));
  const server: RabbitmqServer = {
    url: `amqp://127.0.0.1:${port}`,
    async start() {
      group.start("sh", [script]);
      await until(`RabbitMQ is ready: ${group.output().slice(-2_000)}`, () => group.output().includes("Server startup complete") && accepts(port), { deadlineMs: START_MS, everyMs: 100 });
    },
    kill: group.kill,
    async remove() {
      await group.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** Erlang starts an epmd of its own that outlives it, unless there is one: it is started here, in the group that is killed. */
function startScript({ dist, epmd, folder, port, program }: { readonly program: string; readonly folder: string; readonly port: number; readonly epmd: number; readonly dist: number }): string {
  const settings = {
    HOME: folder,
    ERL_EPMD_PORT: epmd,
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: `rollpin-${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: port,
    RABBITMQ_DIST_PORT: dist,
    RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_LOGS: "-",
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "plugins"),
    RABBITMQ_CONF_ENV_FILE: join(folder, "env.conf"),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq"),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 +sbwt none",
  };
  const lines = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'`);
  return `${lines.join("\n")}\nPATH='${join(dirname(program), ERLANG_FOLDER)}':$PATH\nepmd -address 127.0.0.1 -port ${epmd} &\nexec '${program}'\n`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
