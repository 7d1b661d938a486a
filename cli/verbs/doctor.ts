import type { Command } from "commander";
import { examine } from "../doctor/examine.ts";
import { EXIT, type Ending, type Exit, failed, result } from "../ending.ts";
import { doctorPrintable } from "../output/doctor.ts";
import type { Run, Session } from "../session.ts";
import type { Finding } from "../doctor/finding.ts";

export function declare(command: Command, run: Run): void {
  command.description("Look at Consul, limits, ACLs, TLS, clocks, keys and formats, and say how to mend what is wrong. Exit 3 where something is.").action(() => run(runDoctor));
}

async function runDoctor(session: Session): Promise<Ending> {
  const { world, signal, flags } = session;
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const inspector = await world.openInspector(flags);
  if (!inspector.ok) return failed(inspector.fault);
  try {
    const findings = await examine({ store: store.value, inspector: inspector.value, signal, now: () => world.clock.now(), connectionTables: () => readTables(session) });
    return result(doctorPrintable(inspector.value.where, findings), exitFor(findings));
  } finally {
    inspector.value.close();
  }
}

/** Linux only; elsewhere there is nothing to read, and nothing is said. */
async function readTables({ world }: Session): Promise<readonly string[]> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((path) => world.readFile(path)));
  return tables.flatMap((table) => (table.ok ? [table.value] : []));
}

function exitFor(findings: readonly Finding[]): Exit {
  if (findings.some(({ check, level }) => level === "problem" && (check === "consul" || check === "leader"))) return EXIT.consul;
  return findings.some(({ level }) => level !== "ok") ? EXIT.refused : EXIT.done;
}
