import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { obtainMonitor } from "../../../cli/launcher/obtain-monitor.ts";
import type { PackagedWanted } from "../../../cli/launcher/obtain-packaged.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-monitor-"));
  await writeFile(join(folder, "os-release"), "ID=debian\nVERSION_CODENAME=bookworm\n");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function script(path: string, text: string): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${text}`);
  await chmod(path, 0o755);
  return path;
}

/** Stands for a Debian whose Alertmanager has its template's path built in, twice. */
async function debian(): Promise<PackagedWanted> {
  const bin = join(folder, "bin");
  await script(join(bin, "apt-get"), `case "$*" in *install*) touch "$(sed -n 's/^Dir::Cache::archives "\\(.*\\)";$/\\1/p' "$APT_CONFIG")/prometheus-alertmanager_0.25.0-1+b4_amd64.deb" ;; esac\n`);
  const program = "#!/bin/sh\\ncat /usr/share/prometheus/alertmanager/default.tmpl\\n# /usr/share/prometheus/alertmanager\\n";
  await script(
    join(bin, "dpkg-deb"),
    `mkdir -p "$3/usr/bin" "$3/usr/share/prometheus/alertmanager"
printf '${program}' > "$3/usr/bin/prometheus-alertmanager"
echo the template > "$3/usr/share/prometheus/alertmanager/default.tmpl"
`,
  );
  return { env: { PATH: `${bin}:${process.env["PATH"] ?? ""}` }, report: () => undefined, signal: new AbortController().signal, osRelease: join(folder, "os-release"), cacheDir: join(folder, "cache"), systemFolders: [] };
}

describe("an Alertmanager for the demo and the tests", () => {
  it("finds its template beside itself, wherever the cache is and whoever starts it from where", async () => {
    const obtained = await obtainMonitor("alertmanager", await debian());
    expect(obtained).toEqual({ ok: true, value: join(folder, "cache", "0.25.0-1+b4", "alertmanager") });
    if (!obtained.ok) return;
    expect(execFileSync(obtained.value, { cwd: "/", encoding: "utf8" })).toBe("the template\n");
    // Debian's own file stays what was signed.
    expect(await readFile(join(folder, "cache/0.25.0-1+b4/usr/bin/prometheus-alertmanager"), "utf8")).toContain("cat /usr/share/prometheus/alertmanager/");
  });

  it("is the one on PATH where there is one, by either of its names", async () => {
    const wanted = await debian();
    const path = await script(join(folder, "mine", "prometheus-alertmanager"), "exit 0\n");
    expect(await obtainMonitor("alertmanager", { ...wanted, env: { PATH: join(folder, "mine") } })).toEqual({ ok: true, value: path });
  });
});
