/**
 * Who listens on a port. An answer from a port proves nothing about our process when a stranger got there first, so
 * readiness asks the kernel: /proc/net/tcp gives the socket's inode, /proc/<pid>/fd says whose it is.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { findMembers } from "./environ-token.ts";
import { HAS_PROC } from "./kernel-facts.ts";

export type PortOwner =
  | { readonly kind: "nobody" }
  /** `addresses` are where it can be reached from this host, to be tried in order. */
  | { readonly kind: "ours"; readonly addresses: readonly string[] }
  | { readonly kind: "stranger"; readonly uid: string }
  /** The kernel doesn't let us look: no /proc, or a process of ours that runs as another user. */
  | { readonly kind: "unknown" };

interface Listener {
  readonly address: string;
  readonly uid: string;
  readonly inode: string;
}

export async function findPortOwner(port: number, leader: number, token: string): Promise<PortOwner> {
  if (!HAS_PROC) return { kind: "unknown" };
  const listeners = await findListeners(port);
  if (listeners.length === 0) return { kind: "nobody" };
  return judge(listeners, socketsOf([leader])) ?? judge(listeners, socketsOf(findMembers(token, leader))) ?? unowned(listeners, leader, token);
}

/** Undefined where none of the listeners is ours, as far as these sockets go. */
function judge(listeners: readonly Listener[], sockets: Sockets): PortOwner | undefined {
  const ours = listeners.find(({ inode }) => sockets.inodes.has(inode));
  if (ours === undefined) return undefined;
  const stranger = listeners.find((other) => !sockets.inodes.has(other.inode) && meet(ours.address, other.address));
  if (stranger === undefined) return { kind: "ours", addresses: reachable(ours.address) };
  return undefined;
}

function unowned(listeners: readonly Listener[], leader: number, token: string): PortOwner {
  if (socketsOf(findMembers(token, leader)).hidden) return { kind: "unknown" };
  return { kind: "stranger", uid: listeners[0]?.uid ?? "?" };
}

interface Sockets {
  readonly inodes: ReadonlySet<string>;
  readonly hidden: boolean;
}

function socketsOf(pids: readonly number[]): Sockets {
  const inodes = new Set<string>();
  let hidden = false;
  for (const pid of pids) {
    try {
      for (const name of readdirSync(`/proc/${pid}/fd`)) addSocket(inodes, `/proc/${pid}/fd/${name}`);
    } catch (error) {
      hidden ||= error instanceof Error && "code" in error && error.code === "EACCES";
    }
  }
  return { inodes, hidden };
}

function addSocket(inodes: Set<string>, link: string): void {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1];
    if (inode !== undefined) inodes.add(inode);
  } catch {
    // Closed meanwhile.
  }
}

async function findListeners(port: number): Promise<readonly Listener[]> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "latin1").catch(() => "")));
  return tables.flatMap((table) => parseListeners(table, port));
}

const LISTEN = "0A";

/** proc(5), /proc/net/tcp: columns sl, local_address, rem_address, st, …, uid (7), timeout, inode (9). */
export function parseListeners(table: string, port: number): readonly Listener[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , uid = "", , inode = ""] = line.trim().split(/\s+/);
    return state === LISTEN && local.endsWith(suffix) ? [{ address: parseAddress(local.slice(0, -suffix.length)), uid, inode }] : [];
  });
}

/** The kernel prints addresses as 32-bit words in the machine's byte order: little-endian wherever Node runs on Linux but s390x. */
function parseAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).toReversed());
  if (words.length === 1) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => `${bytes[2 * index] ?? ""}${bytes[2 * index + 1] ?? ""}`);
  if (groups.slice(0, 5).every((group) => group === "0000") && groups[5]?.toUpperCase() === "FFFF") return bytes.slice(12).map((byte) => Number.parseInt(byte, 16)).join(".");
  return groups.every((group) => group === "0000") ? "::" : groups.join(":");
}

const isWildcard = (address: string): boolean => address === "0.0.0.0" || address === "::";
const meet = (one: string, other: string): boolean => one === other || isWildcard(one) || isWildcard(other);

/** A socket on `::` takes IPv4 too unless told otherwise, and where IPv6 is switched off it takes nothing else. */
function reachable(address: string): readonly string[] {
  if (address === "0.0.0.0") return ["127.0.0.1"];
  return address === "::" ? ["127.0.0.1", "::1"] : [address];
}
