#!/usr/bin/env node
// Bundles one bench into a folder of its own and runs it: `node test/bench/run.js propagation --agents 1,100`.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Besides the bench itself, what it starts as children. */
const ENTRIES = { propagation: ["propagation/worker"], idle: [], "big-registry": [], canaries: [], chain: [], "chain-load": [], export: [], herd: [], load: [], planner: [], proxy: ["proxy/bare", "proxy/router", "proxy/upstream"], routers: ["routers/worker", "routers/clients", "proxy/upstream", "propagation/worker"], routing: [], scale: [], startup: [] };
/** They measure the sources. */
const PURE = ["canaries", "chain", "chain-load", "planner", "propagation", "proxy", "routers", "routing"];

const root = fileURLToPath(new URL("../..", import.meta.url));
const [name = "", ...words] = process.argv.slice(2);
const children = Object.hasOwn(ENTRIES, name) ? ENTRIES[name] : undefined;
if (children === undefined) {
  console.error(`${name === "" ? "name a bench" : `there is no bench "${name}"`}: ${Object.keys(ENTRIES).join(", ")}`);
  process.exit(2);
}
if (!words.includes("--bin") && !PURE.includes(name) && !existsSync(join(root, "dist/rollpin.js"))) {
  console.error('this bench measures the real bundle: run "npm run build" first');
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), "rollpin-bench-"));
try {
  await build({
    absWorkingDir: root,
    entryPoints: [name, ...children].map((entry) => `test/bench/${entry}.ts`),
    outbase: "test/bench",
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    banner: { js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);' },
    logLevel: "warning",
  });
  process.exitCode = await run([join(folder, `${name}.mjs`), ...words]);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Signals go to the bench, which ends what it has started; then this ends as it did. */
function run(argv) {
  const child = spawn(process.execPath, argv, { stdio: "inherit", cwd: root });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
