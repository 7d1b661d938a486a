#!/usr/bin/env node
// Answers --version at once and loads the rest only when it is needed: nothing but Node's own modules may be imported here.
declare const ROLLPIN_VERSION: string | undefined;

interface Main {
  main(argv: readonly string[], process: NodeJS.Process): Promise<void>;
}

const argv = process.argv.slice(2);
if (argv[0] === "--version" || argv[0] === "-V") {
  process.stdout.write(`${typeof ROLLPIN_VERSION === "string" ? ROLLPIN_VERSION : "0.0.0-dev"}\n`);
} else if (argv[0] === "agent") {
  await start("./agent.js", argv.slice(1));
} else {
  await start("./cli.js", argv);
}

/** The two mains stand beside this file once they are bundled (scripts/build.js); the address is computed so that they stay apart. */
async function start(bundle: string, words: readonly string[]): Promise<void> {
  const loaded = (await import(new URL(bundle, import.meta.url).href)) as Main;
  await loaded.main(words, process);
}
