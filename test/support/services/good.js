// Answers its version; drains on SIGTERM: finishes what is in flight and tells keep-alive clients to go.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";

let leaving = false;
const server = createServer((request, response) => {
  if (leaving) response.setHeader("connection", "close");
  if (request.url === "/environment") return response.end(JSON.stringify(process.env));
  if (request.url === "/config") return response.end(process.env.ROLLPIN_CONFIG_FILE === undefined ? "none" : readFileSync(process.env.ROLLPIN_CONFIG_FILE, "utf8"));
  response.end(`${process.env.ROLLPIN_VERSION ?? ""}\n`);
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log(`listening on ${process.env.PORT}`));
process.on("SIGTERM", () => {
  leaving = true;
  server.close(() => process.exit(0));
  setTimeout(() => server.closeIdleConnections(), 50);
});
