/** What a server is sent: its part of all requests, one beyond those that it has, to see whether it answers, or none. */
export type Duty = "all" | "one" | "none";

/** By server; one that isn't named takes its part. */
export type Duties = ReadonlyMap<string, Duty>;

/** Those of one backend. Where none would take its part, all do: to ask who may not answer is better than to ask nobody. */
export function dutiesAmong(servers: readonly string[], duties: Duties): (server: string) => Duty {
  const dutyOf = (server: string): Duty => duties.get(server) ?? "all";
  return servers.some((server) => dutyOf(server) === "all") ? dutyOf : () => "all";
}
