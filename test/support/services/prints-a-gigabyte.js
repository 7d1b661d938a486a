// Serves, and prints 1 GB as fast as it can, in slices, so that it can answer too; GET /last-line prints one more line.
import { writeSync } from "node:fs";
import { createServer } from "node:http";

const line = `${"x".repeat(127)}\n`;
const block = Buffer.from(line.repeat(8_192));
let left = 1_024;
const print = () => {
  for (let count = 0; count < 8 && left > 0; count += 1, left -= 1) writeSync(1, block);
  if (left > 0) setImmediate(print);
};
createServer((request, response) => {
  if (request.url === "/last-line") writeSync(1, "the last line\n");
  response.end(String(left));
}).listen(Number(process.env.PORT), "127.0.0.1", print);
