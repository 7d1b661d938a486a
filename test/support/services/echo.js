// Says its version on each connection, then whatever it hears, and ends when the other side has; drains on SIGTERM.
import { createServer } from "node:net";

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => undefined);
  socket.write(`${process.env.ROLLPIN_VERSION} `);
  socket.pipe(socket);
});
server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
