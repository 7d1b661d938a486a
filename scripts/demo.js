// Bundles examples/demo into a folder of this run's own and runs it there. Ctrl-C at any moment ends what was started.
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop.abort());

await bundleAndRun(await realpath(await mkdtemp(join(tmpdir(), "rollpin-demo-"))));

async function bundleAndRun(folder) {
  try {
    const bundle = join(folder, "demo.mjs");
    await build({
      absWorkingDir: root,
      entryPoints: ["examples/demo/main.ts"],
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      // Dependencies that are CommonJS call require() for Node's own modules.
      banner: { js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);' },
      logLevel: "warning",
    });
    const { runDemo } = await import(pathToFileURL(bundle).href);
    process.exitCode = await runDemo({ folder, root, argv: process.argv.slice(2), process, signal: stop.signal });
  } catch (error) {
    // Ctrl-C also reaches the bundler, which then fails.
    if (!stop.signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
