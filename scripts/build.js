// Bundles the one bin into dist/, or into the folder named: a tiny entry that answers --version at once, and two mains
// that it loads lazily.
import { chmod, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const outdir = resolve(process.argv[2] ?? join(root, "dist"));

const common = {
  absWorkingDir: root,
  outdir,
  bundle: true,
  platform: "node",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  define: { ROLLPIN_VERSION: JSON.stringify(version) },
  logLevel: "warning",
};

await rm(outdir, { recursive: true, force: true });
// One CommonJS file: a verb starts faster from it than from chunks, and what a verb doesn't use is parsed but not run.
await build({ ...common, entryPoints: { cli: "cli/main.ts" }, format: "cjs", outExtension: { ".js": ".cjs" } });
// Chunks: an agent lives long and loads only what its file asks for, which keeps it small.
await build({
  ...common,
  entryPoints: { rollpin: "cli/entry.ts", agent: "agent/main.ts" },
  format: "esm",
  splitting: true,
  // Dependencies that are CommonJS call require() for Node's own modules.
  banner: { js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);' },
});
await chmod(join(outdir, "rollpin.js"), 0o755);
