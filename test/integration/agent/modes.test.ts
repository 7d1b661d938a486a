/** What an agent keeps on disk is for its user alone, whatever the umask is and however open it was left. */
import { chmod, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { modeText } from "../../../core/model/file-mode.ts";
import { type TestAgent, rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { expectExit, processYaml, registered } from "../stories/story.ts";

/** More than is kept of its output, so that the older part gets a file too. */
const CHATTY = `console.log("x".repeat(200_000));\nawait import("${new URL("../../support/services/good.js", import.meta.url).href}");\n`;
const YAML = `consul: { tokenFile: ./consul-token }\n${processYaml("      outputBytes: 65536\n")}  - template: { source: conf.liquid, target: conf.out }\n`;
const WRITTEN = [/\/agent\.lock$/, /\/session$/, /\/last-known-good\.json$/, /\/local-pin\.json$/, /\/local-pin-outcome\.json$/, /\/processes\.json$/, /\/config\/[0-9a-f]+$/, /\/output\/.+\.log$/, /\.log\.older$/];

const { consul, start } = await ownConsul();

const configOf = (agent: TestAgent): string => join(agent.folder, "rollpin.yaml");
const modeOf = async (agent: TestAgent, name: string): Promise<string> => modeText((await lstat(join(agent.folder, name))).mode);

interface Entry {
  readonly path: string;
  readonly isFolder: boolean;
  readonly mode: string;
}

/** The state folder and all in it. */
async function stateOf(agent: TestAgent): Promise<readonly Entry[]> {
  const folder = join(agent.folder, "rollpin-state");
  const paths = [folder, ...(await readdir(folder, { recursive: true })).map((name) => join(folder, name))];
  return Promise.all(
    paths.map(async (path) => {
      const found = await lstat(path);
      return { path, isFolder: found.isDirectory(), mode: modeText(found.mode) };
    }),
  );
}

/** Until all is there that an agent writes. */
async function isWritten(agent: TestAgent): Promise<readonly Entry[]> {
  return until("everything is written", async () => {
    const entries = await stateOf(agent);
    const missing = WRITTEN.filter((name) => !entries.some(({ path, isFolder }) => !isFolder && name.test(path)));
    if (missing.length > 0) throw new Error(`missing: ${missing.join(", ")}`);
    return entries;
  });
}

const tooOpen = (entries: readonly Entry[]): readonly Entry[] => entries.filter(({ isFolder, mode }) => mode !== (isFolder ? "0700" : "0600"));

it.each([
  ["000", "0"],
  ["077", "63"],
])("files 0600, folders 0700 under umask %s, refused where others may write, closed where they may read", { timeout: 240_000 }, async (name, umask) => {
  const service = `masked-${name}`;
  const environment = { NODE_OPTIONS: `--import=data:text/javascript,process.umask(${umask})` };
  const agent = await start({ service, environment, releases: { "1.0.0": CHATTY, "2.0.0": "good.js" }, yaml: YAML, files: { "conf.liquid": "{{ version }}\n", "consul-token": "" } });
  await registered(consul, service, "1.0.0", "2.0.0");
  await consul.kv.put(`rollpin/desired/${service}/config`, "debug: true");
  await expectExit(0, ["pin", service, "1.0.0", "--yes"], { consul: consul.address });
  const onHost = { consul: consul.address, environment };
  await expectExit(0, ["agent", "pin", "2.0.0", "--local", "-c", configOf(agent)], onHost);
  expect(tooOpen(await isWritten(agent))).toEqual([]);
  expect(await modeOf(agent, "a.sock")).toBe("0600");
  expect(await modeOf(agent, "conf.out")).toBe("0640");

  const { pid } = (await agent.state()).record;
  await agent.kill();
  await chmod(join(agent.folder, "rollpin-state"), 0o777);
  const refused = await rollpin(["agent", "-c", configOf(agent)], onHost);
  expect(refused).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(/^the state folder .*rollpin-state can be written by others \(mode 0777\).*run "chmod 0700 .*rollpin-state"/) as string });
  for (const { path, isFolder } of await stateOf(agent)) await chmod(path, isFolder ? 0o755 : 0o644);
  await chmod(join(agent.folder, "consul-token"), 0o644);
  await agent.start();
  expect(tooOpen(await stateOf(agent))).toEqual([]);
  const log = await agent.log();
  expect(log).toContain("rollpin-state was open to everyone (mode 0755); it is the agent's alone now (0700)");
  expect(log).toContain("consul-token can be read or written by others (mode 0644)");
  await until("what ran goes on", async () => (await agent.state()).record.pid === pid);
});
