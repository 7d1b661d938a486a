// At its first start somebody else gets to its port before it does; every later one is a good service.
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";

const MARK = "port-was-taken";
if (!existsSync(MARK)) {
  writeFileSync(MARK, "");
  const taker = `require("node:net").createServer().listen(Number(process.argv[1]), "127.0.0.1", () => process.stdout.write("taken")); setTimeout(() => process.exit(), 5_000)`;
  const child = spawn(process.execPath, ["-e", taker, String(process.env.PORT)], { detached: true, stdio: ["ignore", "pipe", "ignore"], env: {} });
  await new Promise((resolve) => child.stdout.once("data", resolve));
}
await import("./good.js");
