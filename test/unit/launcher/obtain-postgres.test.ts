import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type PostgresWanted, obtainPostgres } from "../../../cli/launcher/obtain-postgres.ts";
import { onDebian } from "./on-debian.ts";

const PROGRAMS = ["postgres", "initdb", "psql"];
const debian = onDebian();
const { at, script } = debian;

const programsIn = async (bin: string): Promise<void> => {
  for (const program of PROGRAMS) await script(join(bin, program));
};

const wanted = (path: string, systemRoots: readonly string[] = []): PostgresWanted => ({ ...debian.wanted(path), systemRoots });

describe("a PostgreSQL for the tests", () => {
  it("is the one on PATH, also by a link, where all its programs are", async () => {
    await programsIn(at("15/bin"));
    await mkdir(at("path"));
    await symlink(at("15/bin/postgres"), at("path/postgres"));
    expect(await obtainPostgres(wanted(at("path")))).toEqual({ ok: true, value: at("15/bin") });
  });

  it("or the newest that the distribution has beside it", async () => {
    for (const version of ["9.6", "15", "14"]) await programsIn(at("lib", version, "bin"));
    expect(await obtainPostgres(wanted("/nowhere", ["/nowhere", at("lib")]))).toEqual({ ok: true, value: at("lib/15/bin") });
  });

  it("or comes from the release's own package, with a start script for each program, and is kept", async () => {
    const bin = at("bin");
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
    const kept = at("cache", "15.18-0+deb12u1");
    expect(await obtainPostgres(wanted(`${bin}:${process.env["PATH"] ?? ""}`.replace(/(^|:)\/usr\/local\/bin(?=:|$)/, "")))).toEqual({ ok: true, value: kept });
    for (const program of PROGRAMS) expect(execFileSync(join(kept, program), ["-D", "two words"], { encoding: "utf8" })).toBe(`${program} -D two words\n`);
    expect(await obtainPostgres(wanted("/nowhere"))).toEqual({ ok: true, value: kept });
  });

  it("or it is said what was tried", async () => {
    await writeFile(at("os-release"), "ID=fedora\n");
    expect(await obtainPostgres(wanted("/nowhere"))).toEqual({ ok: false, fault: expect.stringMatching(/no PostgreSQL on PATH.*not Debian.*Install postgresql/) as string });
  });
});
