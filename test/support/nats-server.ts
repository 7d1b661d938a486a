/** A real NATS on loopback, by itself. */
import { connect } from "node:net";
import { freePorts } from "../../core/free-ports.ts";
import { createProgramGroup } from "./program-group.ts";
import { until } from "./until.ts";

export interface NatsServer {
  readonly url: string;
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Undefined where none could be obtained: `describe.skipIf`. */
export const natsProgram = process.env["ROLLPIN_TEST_NATS"];

/** Started. `user:password` as it asks for it. */
export async function startNats(credentials?: { readonly user: string; readonly password: string }): Promise<NatsServer> {
  const program = natsProgram;
  if (program === undefined) throw new Error("ROLLPIN_TEST_NATS is not set: run this under vitest's integration project, whose globalSetup sets it");
  const [port = 0] = await freePorts(1);
  const group = createProgramGroup();
  const words = ["-a", "127.0.0.1", "-p", String(port), ...(credentials === undefined ? [] : ["--user", credentials.user, "--pass", credentials.password])];
  const server: NatsServer = {
    url: `nats://127.0.0.1:${port}`,
    async start() {
      group.start(program, words);
      await until(`NATS is ready: ${group.output()}`, () => greets(port));
    },
    kill: group.kill,
  };
  await server.start();
  return server;
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
