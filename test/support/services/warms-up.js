// Listens at once, answers 503 until it is warm: after WARM_MS, else 400 ms. /teapot always answers 418, /silent never.
import { createServer } from "node:http";

let answers = 503;
createServer((request, response) => {
  if (request.url === "/silent") return;
  response.statusCode = request.url === "/teapot" ? 418 : answers;
  response.end();
}).listen(Number(process.env.PORT), "127.0.0.1");
setTimeout(() => (answers = 200), Number(process.env.WARM_MS ?? 400));
