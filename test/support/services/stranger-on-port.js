// Something that isn't the service's answers on the port: started here with no trace of its origin, in a session of its own.
// It ends itself, since nobody else would.
import { spawn } from "node:child_process";

const stranger = `setTimeout(() => process.exit(), Number(process.argv[2])); require("node:http").createServer((_, response) => response.end("stranger")).listen(Number(process.argv[1]), "127.0.0.1")`;
spawn(process.execPath, ["-e", stranger, String(process.env.PORT), String(process.env.STRANGER_MS ?? 9_000)], { detached: true, stdio: "ignore", env: {} }).unref();
setInterval(() => undefined, 1_000);
