/** A service that costs next to nothing: a port for each of its two versions, and one kilobyte that begins with the version for each request head that comes. Tells its ports. */
import { type AddressInfo, type Server, createServer } from "node:net";

const answerOf = (version: string): Buffer => Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n${`${version} `.padEnd(1024, "x")}`);
const END = "\r\n\r\n";

function serve(version: string): Promise<Server> {
  const answer = answerOf(version);
  const server = createServer({ noDelay: true }, (socket) => {
    let rest = "";
    socket.on("error", () => socket.destroy()).on("data", (chunk: Buffer) => {
      const heads = (rest + chunk.toString("latin1")).split(END);
      rest = heads.pop() ?? "";
      for (const _ of heads) socket.write(answer);
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

const servers = await Promise.all(["1.0.0", "2.0.0"].map(serve));
process.send?.(servers.map((server) => (server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit(0));
