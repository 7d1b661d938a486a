#!/usr/bin/env node
// Answers --version at once and loads the rest only when it is needed: nothing but Node's own modules may be imported here.
import { createRequire } from "node:module";

declare const ROLLPIN_VERSION: string | undefined;

interface Main {
  main(argv: readonly string[], process: NodeJS.Process): Promise<void>;
}

const argv = process.argv.slice(2);
if (argv[0] === "--version" || argv[0] === "-V") {
  process.stdout.write(`${typeof ROLLPIN_VERSION === "string" ? ROLLPIN_VERSION : "0.0.0-dev"}\n`);
} else {
  await start(argv);
}

/** The two mains stand beside this file once they are bundled (scripts/build.js); their names are computed so that they stay apart. */
async function start([verb, ...words]: readonly string[]): Promise<void> {
  const loaded = (verb === "agent" ? await import(new URL("./agent.js", import.meta.url).href) : createRequire(import.meta.url)("./cli.cjs")) as Main;
  await loaded.main(verb === "agent" ? words : argv, process);
}
