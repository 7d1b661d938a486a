/** The least that forwarding with Node's http takes: what the router is compared with. Tells its port. */
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

const port = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxFreeSockets: 256, scheduling: "lifo" });
const CONNECTION = new Set(["connection", "keep-alive"]);

const server = createServer((incoming, response) => {
  const { headers, method, rawHeaders, url } = incoming;
  const kept: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) if (!CONNECTION.has((rawHeaders[at] ?? "").toLowerCase())) kept.push(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  const outgoing = request({ host: "127.0.0.1", port, agent, method, path: url, headers: kept }, (answer) => {
    response.sendDate = false;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
    answer.pipe(response);
  });
  outgoing.on("error", () => response.destroy());
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) outgoing.end();
  else incoming.pipe(outgoing);
});
server.listen(0, "127.0.0.1", () => process.send?.([(server.address() as AddressInfo).port]));
process.on("disconnect", () => process.exit(0));
