// The port belongs to a grandchild in a session of its own; the first process exits when it is told to, and leaves it.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

spawn(process.execPath, [fileURLToPath(new URL("good.js", import.meta.url))], { detached: true, stdio: "ignore" }).unref();
setInterval(() => undefined, 1_000);
process.on("SIGTERM", () => process.exit(0));
