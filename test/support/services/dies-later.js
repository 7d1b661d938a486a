// Is ready at once, and dies a little later: after DIES_AFTER_MS, else 2 s.
import { createServer } from "node:http";

createServer((_, response) => response.end("ok")).listen(Number(process.env.PORT), "127.0.0.1");
setTimeout(() => {
  console.error("fatal: out of luck");
  process.exit(3);
}, Number(process.env.DIES_AFTER_MS ?? 2_000));
