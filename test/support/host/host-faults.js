// Preloaded by NODE_OPTIONS: makes the host of one agent misbehave while files in ROLLPIN_TEST_HOST say so.
//   disk   every write fails with this error code, the agent's own log included
//   clock  the wall clock is wrong by so many milliseconds
// The services that inherit the variable are left alone.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

const folder = process.env.ROLLPIN_TEST_HOST;
if (folder !== undefined && process.argv[2] === "agent") {
  breakDisk(folder);
  shiftClock(folder);
  syncBuiltinESMExports();
}

function breakDisk(host) {
  const told = teller(host, "disk");
  const refuse = (call, path) => {
    const code = told();
    if (code !== undefined) throw Object.assign(new Error(`${code}: the disk takes nothing, ${call} '${path}'`), { code, syscall: call, path });
  };
  const wrap = (target, call, isWrite = () => true) => {
    const original = target[call];
    const sync = target === fs;
    target[call] = function (...args) {
      try {
        if (isWrite(...args)) refuse(call, args[0]);
      } catch (error) {
        if (sync) throw error;
        return Promise.reject(error);
      }
      return original.apply(this, args);
    };
  };
  const opensToWrite = (_path, flags = "r") => (typeof flags === "number" ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0 : flags !== "r");
  wrap(fs.promises, "open", opensToWrite);
  for (const call of ["writeFile", "appendFile", "mkdir", "rename"]) wrap(fs.promises, call);
  wrap(fs, "openSync", opensToWrite);
  wrap(fs, "writeSync");
}

function shiftClock(host) {
  const told = teller(host, "clock");
  const RealDate = Date;
  const now = () => RealDate.now() + Number(told() ?? 0);
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      super(...(args.length === 0 ? [now()] : args));
    }
    static now() {
      return now();
    }
  };
}

/** What stands in the file; undefined where there is none. */
function teller(host, name) {
  const { readFileSync } = fs;
  const path = join(host, name);
  return () => {
    try {
      return readFileSync(path, "utf8").trim();
    } catch {
      return undefined;
    }
  };
}
