// Stands in for what deploys a whole service: writes down that it began and ended, and takes as long as $WORLD/hold exists.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { ROLLPIN_ATTEMPT, ROLLPIN_GENERATION, ROLLPIN_INSTANCE, ROLLPIN_VERSION, WORLD = "." } = process.env;
const { restart } = JSON.parse(readFileSync(0, "utf8"));
const write = (event) => appendFileSync(join(WORLD, "log"), `${JSON.stringify({ event, version: ROLLPIN_VERSION, generation: Number(ROLLPIN_GENERATION), attempt: Number(ROLLPIN_ATTEMPT), by: ROLLPIN_INSTANCE, pid: process.pid, restart })}\n`);

write("begin");
process.on("SIGTERM", () => {
  write("stopped");
  process.exit(143);
});
while (existsSync(join(WORLD, "hold"))) await new Promise((resolve) => setTimeout(resolve, 10));
if (existsSync(join(WORLD, "broken"))) {
  console.error(`no capacity for ${ROLLPIN_VERSION}`);
  process.exit(1);
}
writeFileSync(join(WORLD, `version.${process.pid}`), `${ROLLPIN_VERSION}\n`);
renameSync(join(WORLD, `version.${process.pid}`), join(WORLD, "version"));
write("end");
