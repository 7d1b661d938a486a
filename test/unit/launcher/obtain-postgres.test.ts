import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PostgresWanted, obtainPostgres } from "../../../cli/launcher/obtain-postgres.ts";

const PROGRAMS = ["postgres", "initdb", "psql"];
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-postgres-"));
  await writeFile(join(folder, "os-release"), "ID=debian\nVERSION_CODENAME=bookworm\n");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function script(path: string, text = ""): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${text}`);
  await chmod(path, 0o755);
}

const programsIn = async (bin: string): Promise<void> => {
  for (const program of PROGRAMS) await script(join(bin, program));
};

const wanted = (path: string, roots: readonly string[] = []): PostgresWanted => ({
  env: { PATH: path },
  report: () => undefined,
  signal: new AbortController().signal,
  osRelease: join(folder, "os-release"),
  cacheDir: join(folder, "cache"),
  systemRoots: roots,
});

describe("a PostgreSQL for the tests", () => {
  it("is the one on PATH, also by a link, where all its programs are", async () => {
    await programsIn(join(folder, "15/bin"));
    await mkdir(join(folder, "path"));
    await symlink(join(folder, "15/bin/postgres"), join(folder, "path/postgres"));
    expect(await obtainPostgres(wanted(join(folder, "path")))).toEqual({ ok: true, value: join(folder, "15/bin") });
  });

  it("or the newest that the distribution has beside it", async () => {
    for (const version of ["9.6", "15", "14"]) await programsIn(join(folder, "lib", version, "bin"));
    expect(await obtainPostgres(wanted("/nowhere", ["/nowhere", join(folder, "lib")]))).toEqual({ ok: true, value: join(folder, "lib/15/bin") });
  });

  it("or comes from the release's own package, with a start script for each program, and is kept", async () => {
    const bin = join(folder, "bin");
    await script(
      join(bin, "apt-get"),
      `case "$*" in *install*) archives=$(sed -n 's/^Dir::Cache::archives "\\(.*\\)";$/\\1/p' "$APT_CONFIG")
touch "$archives/postgresql_15+248_all.deb" "$archives/postgresql-15_15.18-0+deb12u1_amd64.deb" ;; esac\n`,
    );
    await script(
      join(bin, "dpkg-deb"),
      `bin="$3/usr/lib/postgresql/15/bin"; mkdir -p "$bin"
for name in ${PROGRAMS.join(" ")}; do printf '#!/bin/sh\\necho %s "$@"\\n' "$name" > "$bin/$name"; chmod 755 "$bin/$name"; done\n`,
    );
    const kept = join(folder, "cache", "15.18-0+deb12u1");
    expect(await obtainPostgres(wanted(`${bin}:${process.env["PATH"] ?? ""}`.replace(/(^|:)\/usr\/local\/bin(?=:|$)/, "")))).toEqual({ ok: true, value: kept });
    for (const program of PROGRAMS) expect(execFileSync(join(kept, program), ["-D", "two words"], { encoding: "utf8" })).toBe(`${program} -D two words\n`);
    expect(await obtainPostgres(wanted("/nowhere"))).toEqual({ ok: true, value: kept });
  });

  it("or it is said what was tried", async () => {
    await writeFile(join(folder, "os-release"), "ID=fedora\n");
    expect(await obtainPostgres(wanted("/nowhere"))).toEqual({ ok: false, fault: expect.stringMatching(/no PostgreSQL on PATH.*not Debian.*Install postgresql/) as string });
  });
});
