// Imitates what nomad documents for one job, kept as JSON in $STAND_IN. It is no cluster: it shows what the script asks for.
import { readFileSync, writeFileSync } from "node:fs";

const file = process.env["STAND_IN"] ?? "";
const world = JSON.parse(readFileSync(file, "utf8"));
const argv = process.argv.slice(2);
world.asked = [...world.asked, argv.join(" ")];
const exit = (code, message = "") => {
  writeFileSync(file, JSON.stringify(world));
  if (message !== "") (code === 0 ? console.log : console.error)(message);
  process.exit(code);
};
const after = (name) => argv[argv.indexOf(name) + 1] ?? "";
const version = after("-var").replace("version=", "");

switch (argv.slice(0, 2).join(" ")) {
  case "job plan": {
    if (world.down) exit(255, "Error during plan: Put http://127.0.0.1:4646/v1/job/checkout/plan: connection refused");
    const { index } = world;
    // Somebody else submits the job right after it was looked at.
    if (world.rival) world.index += 7;
    console.log(`+/- Job: "checkout"\n\nScheduler dry-run:\n- All tasks successfully allocated.\n\nJob Modify Index: ${index}\nTo submit the job with version verification run:\n\nnomad job run -check-index ${index} ${argv.at(-1)}\n`);
    exit(world.version === version ? 0 : 1);
    break;
  }
  case "job run":
    if (after("-check-index") !== String(world.index)) exit(1, `Enforcing job modify index ${after("-check-index")}: job exists with conflicting job modify index: ${world.index}\nJob not updated`);
    if (world.full) exit(2, '==> Evaluation "9f2a" finished with status "complete" but failed to place all allocations:\n    * Resources exhausted on 3 nodes');
    if (world.version !== version) world.index += 5;
    world.version = version;
    exit(0, '==> Evaluation "9f2a" finished with status "complete"');
    break;
  case "job restart":
    exit(0, "==> Finished job restart");
    break;
  case "job inspect":
    exit(0, world.version);
    break;
  default:
    exit(1, "Usage: nomad [-version] [-help] <command> [args]");
}
