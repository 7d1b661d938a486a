// Serves; a GET of /crash ends it. With CRASH_FILE it crashes at each start while that file exists.
import { existsSync } from "node:fs";
import { createServer } from "node:http";

if (process.env.CRASH_FILE !== undefined && existsSync(process.env.CRASH_FILE)) {
  console.error("the settings are still wrong");
  process.exit(9);
}
createServer((request, response) => {
  response.end("ok");
  if (request.url === "/crash") process.exit(5);
}).listen(Number(process.env.PORT), "127.0.0.1");
