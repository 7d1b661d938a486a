/**
 * Consul from Debian's and its kin's own packages, unpacked and not installed: no root, no mirror named (apt is asked
 * for the one it uses), and nothing of the system's changed. First the release that runs, then the sister release that
 * still has the package. apt checks the signature with the keyring that came with the system.
 */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Result, err, ok } from "../../core/model/result.ts";
import { APT_OPTIONS, type DebianKin, type DebianSource, type Run, openApt, packageVersionIn, writeAptConfig } from "./apt.ts";
import type { Obtained } from "./install.ts";

/** A release that has Consul (1.8.7 in all of these) and runs on its newer sisters as it is: a Go binary needs libc and no more. */
interface Sister {
  readonly release: string;
  readonly component: string;
  readonly keyring: string;
}

const SISTERS: Readonly<Record<DebianKin["kin"], Sister>> = {
  debian: { release: "bullseye", component: "main", keyring: "/usr/share/keyrings/debian-archive-keyring.gpg" },
  ubuntu: { release: "jammy", component: "universe", keyring: "/usr/share/keyrings/ubuntu-archive-keyring.gpg" },
};

export async function obtainFromDebian(workplace: string, source: DebianSource): Promise<Result<Obtained, string>> {
  const apt = await openApt(workplace, source);
  if (!apt.ok) return apt;
  const { codename, kin, run } = apt.value;
  source.report("obtaining Consul with apt, unpacked into rollpin's cache …");
  const own = await run("apt-get", [...APT_OPTIONS, "-q", "download", "consul"]);
  if (own.ok) return unpack(workplace, run);
  if (codename === undefined) return err(`this release has no package consul: ${own.fault}`);
  const downloaded = await downloadFromSister(workplace, SISTERS[kin], codename, run);
  return downloaded.ok ? unpack(workplace, run) : downloaded;
}

async function downloadFromSister(workplace: string, sister: Sister, codename: string, run: Run): Promise<Result<string, string>> {
  const targets = await run("apt-get", ["indextargets", "--no-release-info", "--format", "$(RELEASE) $(REPO_URI) $(COMPONENT)", "Created-By: Packages"]);
  if (!targets.ok) return targets;
  const mirror = mirrorOf(targets.value, codename, sister.component);
  if (mirror === undefined) return err(`apt is not configured for ${codename} ${sister.component}`);
  const sources = join(workplace, "sources.list");
  await writeFile(sources, `deb [signed-by=${sister.keyring}] ${mirror} ${sister.release} ${sister.component}\n`);
  const config = await writeAptConfig(workplace, {
    "Dir::Etc::SourceList": sources,
    "Dir::Etc::SourceParts": join(workplace, "apt", "parts"),
    "Dir::State::status": "/dev/null",
    // An old release is no longer signed anew; its signature still counts.
    "Acquire::Check-Valid-Until": "false",
  });
  const env = { APT_CONFIG: config };
  const updated = await run("apt-get", ["-q", "update"], env);
  if (!updated.ok) return updated;
  return run("apt-get", ["-q", "download", "consul"], env);
}

async function unpack(workplace: string, run: Run): Promise<Result<Obtained, string>> {
  const found = (await readdir(workplace)).find((name) => /^consul_.*\.deb$/.test(name));
  if (found === undefined) return err("apt-get said it downloaded consul, and left no package");
  const version = packageVersionIn(found);
  if (!version.ok) return version;
  const root = join(workplace, "root");
  const unpacked = await run("dpkg-deb", ["-x", found, root]);
  return unpacked.ok ? ok({ version: version.value, folder: join(root, "usr", "bin"), binary: "consul" }) : unpacked;
}

function mirrorOf(targets: string, codename: string, component: string): string | undefined {
  const rows = targets.split("\n").map((line) => line.split(" "));
  return rows.find(([release, uri, part]) => release === codename && part === component && /^[a-z][a-z0-9+.-]*:[^\s[\]]+$/.test(uri ?? ""))?.[1];
}
