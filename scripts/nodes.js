#!/usr/bin/env node
// Runs the whole suite on other Nodes, got by the npm package `node` into a cache folder. Words after it go to vitest:
//
//   npm run prove -- nodes
//   node scripts/nodes.js --project unit
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "rollpin", "nodes");

/** The folder of its binary, obtained where it isn't there yet. */
function obtain(major) {
  const folder = join(cache, major);
  const binaries = join(folder, "node_modules", "node", "bin");
  if (existsSync(join(binaries, "node"))) return binaries;
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync("npm", ["install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", `node@${major}`], { stdio: "inherit" });
  if (status !== 0) throw new Error(`npm could not install node@${major} into ${folder}`);
  return binaries;
}

function passes(major) {
  const env = { ...process.env, PATH: `${obtain(major)}${delimiter}${process.env.PATH}` };
  const version = spawnSync("node", ["--version"], { env, encoding: "utf8" }).stdout.trim();
  if (!version.startsWith(`v${major}.`)) throw new Error(`node@${major} says that it is ${version}`);
  const run = (...words) => spawnSync("node", words, { cwd: root, env, stdio: "inherit" }).status === 0;
  const passed = run("scripts/build.js") && run("node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2));
  console.log(passed ? `= Node ${version}: passed` : `! Node ${version}: failed; what it printed is above`);
  return passed;
}

const outcomes = ["22", "24"].map(passes);
process.exitCode = outcomes.every(Boolean) ? 0 : 1;
