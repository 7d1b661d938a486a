/** A real Prometheus or Alertmanager for the demo and the tests. */
import type { Result } from "../../core/model/result.ts";
import type { Packaged } from "./from-own-release.ts";
import { type PackagedWanted, obtainPackaged } from "./obtain-packaged.ts";

export type MonitorProgram = "prometheus" | "alertmanager";

const PACKAGED: Readonly<Record<MonitorProgram, Packaged>> = {
  prometheus: { package: "prometheus", file: /^prometheus_/, folder: "usr/bin", programs: ["prometheus", "promtool"] },
  alertmanager: {
    package: "prometheus-alertmanager",
    file: /^prometheus-alertmanager_/,
    folder: "usr/bin",
    programs: ["alertmanager"],
    alsoCalled: ["prometheus-alertmanager"],
    // Debian's refuses to start without its template at that very path; a path of the same length leaves the rest of the file as it was.
    relative: { file: "usr/bin/prometheus-alertmanager", as: "usr/bin/alertmanager", path: "/usr/share/prometheus/alertmanager", instead: "usr/share/prometheus//alertmanager" },
  },
};

/** A file that can be run; beside Prometheus's is `promtool`. Relative paths in its words mean nothing: its folder may be another. The fault is one message for a person. */
export async function obtainMonitor(program: MonitorProgram, wanted: PackagedWanted): Promise<Result<string, string>> {
  return obtainPackaged(PACKAGED[program], wanted);
}
