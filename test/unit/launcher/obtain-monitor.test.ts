import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { obtainMonitor } from "../../../cli/launcher/obtain-monitor.ts";
import type { PackagedWanted } from "../../../cli/launcher/obtain-packaged.ts";
import { onDebian } from "./on-debian.ts";

const { at, script, wanted } = onDebian();

/** Stands for a Debian whose Alertmanager has its template's path built in, twice. */
async function debian(): Promise<PackagedWanted> {
  const bin = at("bin");
  await script(join(bin, "apt-get"), `case "$*" in *install*) touch "$(sed -n 's/^Dir::Cache::archives "\\(.*\\)";$/\\1/p' "$APT_CONFIG")/prometheus-alertmanager_0.25.0-1+b4_amd64.deb" ;; esac\n`);
  const program = "#!/bin/sh\\ncat /usr/share/prometheus/alertmanager/default.tmpl\\n# /usr/share/prometheus/alertmanager\\n";
  await script(
    join(bin, "dpkg-deb"),
    `mkdir -p "$3/usr/bin" "$3/usr/share/prometheus/alertmanager"
printf '${program}' > "$3/usr/bin/prometheus-alertmanager"
echo the template > "$3/usr/share/prometheus/alertmanager/default.tmpl"
`,
  );
  return { ...wanted(`${bin}:${process.env["PATH"] ?? ""}`), systemFolders: [] };
}

describe("an Alertmanager for the demo and the tests", () => {
  it("finds its template beside itself, wherever the cache is and whoever starts it from where", async () => {
    const obtained = await obtainMonitor("alertmanager", await debian());
    expect(obtained).toEqual({ ok: true, value: at("cache", "0.25.0-1+b4", "alertmanager") });
    if (!obtained.ok) return;
    expect(execFileSync(obtained.value, { cwd: "/", encoding: "utf8" })).toBe("the template\n");
    // Debian's own file stays what was signed.
    expect(await readFile(at("cache/0.25.0-1+b4/usr/bin/prometheus-alertmanager"), "utf8")).toContain("cat /usr/share/prometheus/alertmanager/");
  });

  it("is the one on PATH where there is one, by either of its names", async () => {
    const path = await script(at("mine", "prometheus-alertmanager"), "exit 0\n");
    expect(await obtainMonitor("alertmanager", { ...wanted(at("mine")), systemFolders: [] })).toEqual({ ok: true, value: path });
  });
});
