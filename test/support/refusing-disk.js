// Loaded into an agent by NODE_OPTIONS=--import: what lies in the folder of its file (-c) can't be written while the file
// "disk" there says ENOSPC or EROFS. Root may write where nobody else can, and not every machine lets a test mount.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join, resolve } from "node:path";

const option = process.argv.indexOf("-c");
const root = option < 0 ? undefined : dirname(resolve(process.argv[option + 1] ?? ""));
const MESSAGES = { ENOSPC: "no space left on device", EROFS: "read-only file system" };

function refusalOf(path) {
  if (!resolve(String(path)).startsWith(`${root}/`)) return undefined;
  try {
    return fs.readFileSync(join(root, "disk"), "utf8").trim();
  } catch {
    return undefined;
  }
}

function refuse(code, call) {
  throw Object.assign(new Error(`${code}: ${MESSAGES[code]}, ${call}`), { code, syscall: call });
}

if (root !== undefined) {
  const real = { ...fs.promises };
  const probe = await real.open(new URL(import.meta.url), "r");
  const handles = Object.getPrototypeOf(probe);
  await probe.close();
  const paths = new WeakMap();

  Object.assign(fs.promises, {
    async open(path, flags = "r", ...rest) {
      const code = flags === "r" ? undefined : refusalOf(path);
      if (code === "EROFS") refuse(code, `open '${path}'`);
      const handle = await real.open(path, flags, ...rest);
      paths.set(handle, path);
      return handle;
    },
    async mkdir(path, ...rest) {
      const code = fs.existsSync(path) ? undefined : refusalOf(path);
      if (code !== undefined) refuse(code, `mkdir '${path}'`);
      return real.mkdir(path, ...rest);
    },
  });
  for (const name of ["writeFile", "appendFile"]) {
    fs.promises[name] = async (path, ...rest) => {
      const code = refusalOf(path);
      if (code === "ENOSPC") await real[name](path, "");
      if (code !== undefined) refuse(code, "write");
      return real[name](path, ...rest);
    };
    const whole = handles[name];
    handles[name] = async function (...rest) {
      const code = paths.has(this) ? refusalOf(paths.get(this)) : undefined;
      if (code !== undefined) refuse(code, "write");
      return whole.apply(this, rest);
    };
  }
  for (const name of ["rename", "rm"]) {
    fs.promises[name] = async (path, ...rest) => {
      if (refusalOf(path) === "EROFS" && fs.existsSync(path)) refuse("EROFS", `${name} '${path}'`);
      return real[name](path, ...rest);
    };
  }
  syncBuiltinESMExports();
}
