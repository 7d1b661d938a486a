// Listens, but where nobody asked it to.
import { createServer } from "node:http";

createServer((_, response) => response.end("here")).listen(0, "127.0.0.1");
