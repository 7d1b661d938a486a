// Loaded into an agent: on SIGWINCH it fails as the file `crash-with` beside the agent's file says, with secrets in and on the error.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

process.on("SIGWINCH", () => {
  const { how, secrets } = JSON.parse(readFileSync(join(dirname(process.argv.at(-1)), "crash-with"), "utf8"));
  const error = Object.assign(new Error(`a bug, with ${secrets.join(" and ")}`), { config: { headers: { "X-Consul-Token": secrets } }, cause: new Error(secrets.join(" ")) });
  if (how === "throw") throw error;
  void Promise.reject(error);
});
