import type { ConsulAddress } from "../../core/store/consul/address.ts";

type TcpAddress = Extract<ConsulAddress, { readonly kind: "tcp" }>;

const ESTABLISHED = "01";

/**
 * This host's established connections to Consul, from the lines of /proc/net/tcp and tcp6 (`sl local remote state …`, in hex).
 * Where the address is a name, every remote of that port counts. Undefined where there are no tables.
 */
export function countConnections(tables: readonly string[], { host, port }: Pick<TcpAddress, "host" | "port">): number | undefined {
  if (tables.length === 0) return undefined;
  const wanted = `${addressInHex(host)}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return tables
    .flatMap((table) => table.split("\n"))
    .filter((line) => {
      const [, , remote = "", state] = line.trim().split(/\s+/);
      return remote.endsWith(wanted) && state === ESTABLISHED;
    }).length;
}

/** Of IPv4, lowest byte first, as the kernel prints it: also the end of what stands for it among IPv6's. Empty for all else. */
function addressInHex(host: string): string {
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1) ?? [];
  return bytes.toReversed().map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, "0")).join("");
}
