import { execFileSync } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { PackagedWanted } from "../../../cli/launcher/obtain-packaged.ts";
import { obtainRouter } from "../../../cli/launcher/obtain-router.ts";
import { onDebian } from "./on-debian.ts";

const debian = onDebian();
const { at, script } = debian;
const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
});

const PROGRAM = "nginx";

/** Stands for apt and dpkg: `lists` says which configuration knows the package. */
async function apt(lists: "system" | "own" | "none"): Promise<PackagedWanted> {
  const bin = at("bin");
  await script(
    join(bin, "apt-get"),
    `echo "$*" >> "${at("asked")}"
case "$*" in
  *--version*) exit 0 ;;
  *update*) [ "${lists}" = none ] && { echo "E: no mirror answers" >&2; exit 100; }; touch "${at("updated")}" ;;
  *install*) { [ "${lists}" = system ] || [ -e "${at("updated")}" ]; } || { echo "E: Unable to locate package ${PROGRAM}" >&2; exit 100; }
    archives=$(sed -n 's/^Dir::Cache::archives "\\(.*\\)";$/\\1/p' "$APT_CONFIG")
    touch "$archives/libwanted_1_amd64.deb" "$archives/${PROGRAM}_1%3a1.22.1-9+deb12u9_amd64.deb" ;;
esac
`,
  );
  await script(
    join(bin, "dpkg-deb"),
    `case "$2" in
  *libwanted*) mkdir -p "$3/usr/lib/x86_64-linux-gnu" ;;
  *) mkdir -p "$3/usr/sbin"; printf '#!/bin/sh\\necho "$LD_LIBRARY_PATH" "$@"\\n' > "$3/usr/sbin/${PROGRAM}"; chmod 755 "$3/usr/sbin/${PROGRAM}" ;;
esac
`,
  );
  return wanted(`${bin}:${process.env["PATH"] ?? ""}`);
}

const wanted = (path: string): PackagedWanted => ({ ...debian.wanted(path, (line) => lines.push(line)), systemFolders: [] });

describe("a router for the demo and the tests", () => {
  it("is the one on PATH where there is one", async () => {
    const path = await script(at("mine", PROGRAM), "exit 0\n");
    expect(await obtainRouter(PROGRAM, wanted(at("mine")))).toEqual({ ok: true, value: path });
  });

  it("comes from the release's own package, starts with the libraries beside it, and is kept", async () => {
    const asked = await apt("system");
    const path = at("cache", "1.22.1-9+deb12u9", PROGRAM);
    expect(await obtainRouter(PROGRAM, asked)).toEqual({ ok: true, value: path });
    const said = execFileSync(path, ["-v", "two words"], { encoding: "utf8" });
    expect(said).toContain(at("cache", "1.22.1-9+deb12u9", "usr/lib/x86_64-linux-gnu"));
    expect(said).toContain("-v two words");
    expect(await obtainRouter(PROGRAM, wanted("/nowhere"))).toEqual({ ok: true, value: path });
    expect(lines).toEqual([`obtaining ${PROGRAM} with apt, unpacked into rollpin's cache …`]);
  });

  it("is found in lists that are fetched where the machine has none", async () => {
    expect(await obtainRouter(PROGRAM, await apt("own"))).toMatchObject({ ok: true });
  });

  it("or it is said what was tried, and nothing is left behind", async () => {
    const result = await obtainRouter(PROGRAM, await apt("none"));
    expect(result).toEqual({ ok: false, fault: expect.stringMatching(/no nginx on PATH.*E: no mirror answers\. Install nginx, then try again/) as string });
    expect(await readdir(at("cache"))).toEqual([]);
    await writeFile(at("os-release"), "ID=fedora\n");
    expect(await obtainRouter(PROGRAM, wanted("/nowhere"))).toEqual({ ok: false, fault: expect.stringContaining("not Debian") as string });
  });
});
