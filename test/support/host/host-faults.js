// Preloaded by NODE_OPTIONS: makes the host of one agent misbehave while files in ROLLPIN_TEST_HOST say so.
//   disk   ENOSPC or EROFS: what lies in the folder of the agent's file (-c) can't be written, its log neither with "log" behind it
//   clock  the wall clock is wrong by so many milliseconds
// The services that inherit the variable are left alone. Root may write where nobody else can, and not every machine lets a test mount.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join, resolve } from "node:path";

const MESSAGES = { ENOSPC: "no space left on device", EROFS: "read-only file system" };
const folder = process.env.ROLLPIN_TEST_HOST;
if (folder !== undefined && process.argv[2] === "agent") {
  await breakDisk(teller(folder, "disk"), dirname(resolve(process.argv[process.argv.indexOf("-c") + 1] ?? "")));
  shiftClock(teller(folder, "clock"));
  syncBuiltinESMExports();
}

async function breakDisk(told, root) {
  const code = () => told()?.split(" ")[0];
  const isLogToo = () => told()?.endsWith(" log") === true;
  const refusalOf = (path) => (resolve(String(path)).startsWith(`${root}/`) ? code() : undefined);
  const refuse = (refusal, call) => {
    throw Object.assign(new Error(`${refusal}: ${MESSAGES[refusal]}, ${call}`), { code: refusal, syscall: call });
  };
  const real = { ...fs.promises };
  const probe = await real.open(new URL(import.meta.url), "r");
  const handles = Object.getPrototypeOf(probe);
  await probe.close();
  const paths = new WeakMap();

  Object.assign(fs.promises, {
    async open(path, flags = "r", ...rest) {
      if (isToWrite(flags) && refusalOf(path) === "EROFS") refuse("EROFS", `open '${path}'`);
      const handle = await real.open(path, flags, ...rest);
      paths.set(handle, path);
      return handle;
    },
    async mkdir(path, ...rest) {
      const refusal = fs.existsSync(path) ? undefined : refusalOf(path);
      if (refusal !== undefined) refuse(refusal, `mkdir '${path}'`);
      return real.mkdir(path, ...rest);
    },
  });
  for (const name of ["writeFile", "appendFile"]) {
    fs.promises[name] = async (path, ...rest) => {
      const refusal = refusalOf(path);
      if (refusal === "ENOSPC") await real[name](path, "");
      if (refusal !== undefined) refuse(refusal, "write");
      return real[name](path, ...rest);
    };
    const whole = handles[name];
    handles[name] = async function (...rest) {
      const refusal = paths.has(this) ? refusalOf(paths.get(this)) : undefined;
      if (refusal !== undefined) refuse(refusal, "write");
      return whole.apply(this, rest);
    };
  }
  for (const name of ["rename", "rm"]) {
    fs.promises[name] = async (path, ...rest) => {
      if (refusalOf(path) === "EROFS" && fs.existsSync(path)) refuse("EROFS", `${name} '${path}'`);
      return real[name](path, ...rest);
    };
  }
  const { writeSync } = fs;
  fs.writeSync = (...args) => {
    const refusal = isLogToo() ? code() : undefined;
    if (refusal !== undefined) refuse(refusal, "write");
    return writeSync(...args);
  };
}

function isToWrite(flags) {
  return typeof flags === "number" ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0 : flags !== "r";
}

function shiftClock(told) {
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
