// Bundles the one bin into dist/: a tiny entry that answers --version at once, and two mains that it loads lazily.
import { readFile, rm } from "node:fs/promises";
import { chmod } from "node:fs/promises";
import { build } from "esbuild";

const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
const root = new URL("..", import.meta.url).pathname;

await rm(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { rollpin: "cli/entry.ts", cli: "cli/main.ts", agent: "agent/main.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: false,
  define: { ROLLPIN_VERSION: JSON.stringify(version) },
  // Dependencies that are CommonJS call require() for Node's own modules.
  banner: { js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);' },
  logLevel: "warning",
});
await chmod(`${root}dist/rollpin.js`, 0o755);
