// The demo's service. Each version lies in a folder of its own, which is also how it knows what it is:
// releases/1.0.0/server.js, releases/2.0.0/server.js. From 2.0.0 on every fifth answer is an error.
import { createServer } from "node:http";
import { basename } from "node:path";

const version = basename(import.meta.dirname);
const isBroken = Number.parseInt(version, 10) >= 2;
const port = Number(process.argv[2] ?? process.env.PORT);

let answered = 0;
let isLeaving = false;

const server = createServer((request, response) => {
  response.setHeader("x-version", version);
  response.setHeader("x-instance", process.env.ROLLPIN_INSTANCE ?? "unknown");
  // On its way out it lets keep-alive clients finish, and tells them to come back on another connection.
  if (isLeaving) response.setHeader("connection", "close");
  if (request.url === "/healthz") return response.end("ok\n");
  answered += 1;
  if (isBroken && answered % 5 === 0) response.statusCode = 500;
  response.end(`${JSON.stringify({ version, ok: response.statusCode === 200 })}\n`);
});

// Longer than clients keep an idle connection: then it is always the client that ends one, and no request meets a closed door.
server.keepAliveTimeout = 60_000;
server.listen(port, "127.0.0.1", () => console.log(`${version} listens on ${port}`));

process.on("SIGTERM", () => {
  isLeaving = true;
  // Accepts nothing new, ends what is idle, and finishes what is in flight.
  server.close(() => process.exit(0));
});
