import { type Command, InvalidArgumentError } from "commander";
import { quoteForPerson } from "../../core/model/names.ts";
import type { Exit } from "../ending.ts";
import type { Run } from "../session.ts";

export function declare(command: Command, run: Run): void {
  command
    .description("Run a Consul to try things with, until Ctrl-C. One that is on PATH or was obtained before is used, else one is obtained.")
    .option("--port <port>", "the port of its HTTP API", parsePort)
    .action(({ port }: { port?: number }) =>
      run(async ({ world, signal }) => {
        const { runDev } = await import("../launcher/dev.ts");
        const { env, stdout, stderr } = world;
        const exit = await runDev({ env, stdout, stderr, signal, ...(port === undefined ? {} : { port }) });
        return { kind: "written", exit: exit as Exit };
      }),
    );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError(`${quoteForPerson(text)} is no port: use 1 to 65535`);
}
