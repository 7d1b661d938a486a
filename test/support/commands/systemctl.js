// Imitates what systemctl documents for one unit: what it runs is where $ROOT/current points when it is restarted.
import { appendFileSync, existsSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const argv = process.argv.slice(2);
const root = process.env["ROOT"] ?? "";
const running = join(root, "running");
appendFileSync(join(root, "asked"), `${argv.join(" ")}\n`);

switch (argv[0]) {
  case "is-active":
    process.exit(existsSync(running) && readFileSync(running, "utf8") !== "" ? 0 : 3);
    break;
  case "restart": {
    const release = readlinkSync(join(root, "current"));
    const isGood = existsSync(join(root, release, "server"));
    writeFileSync(running, isGood ? release : "");
    if (!isGood) {
      console.error(`Job for ${argv[1]} failed because the control process exited with error code.\nSee "systemctl status ${argv[1]}" and "journalctl -xeu ${argv[1]}" for details.`);
      process.exit(1);
    }
    break;
  }
  default:
    console.error(`Unknown command verb ${argv[0]}.`);
    process.exit(1);
}
