// Serves, and takes no notice of being told to stop.
import { createServer } from "node:http";

process.on("SIGTERM", () => console.log("no"));
createServer((_, response) => response.end("still here")).listen(Number(process.env.PORT), "127.0.0.1");
