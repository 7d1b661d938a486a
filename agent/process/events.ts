/** What happens to processes, one line of log each. */
export type ProcessEvent =
  | { readonly event: "started" | "adopted" | "stopped"; readonly version: string; readonly pid: number; readonly port: number | undefined }
  | { readonly event: "ready"; readonly version: string; readonly pid: number; readonly port: number | undefined; readonly afterMs: number }
  /** By itself, not because it was told to. */
  | { readonly event: "exited"; readonly version: string; readonly pid: number; readonly how: string; readonly lastLines: string }
  | { readonly event: "restarted"; readonly version: string; readonly pid: number; readonly port: number | undefined; readonly crashes: number }
  | { readonly event: "crash-loop"; readonly version: string; readonly crashes: number; readonly message: string; readonly lastLines: string }
  /** It did not go within its grace, or left processes behind. `left` could not be killed either. */
  | { readonly event: "killed"; readonly version: string; readonly pid: number; readonly left: readonly number[] }
  | { readonly event: "announced"; readonly version: string; readonly port: number | undefined }
  | { readonly event: "announce-failed"; readonly version: string; readonly port: number | undefined; readonly message: string }
  /** Before the process could listen there; it is started once more, on another port. */
  | { readonly event: "port-taken"; readonly version: string; readonly port: number | undefined; readonly message: string }
  /** Of what was started: the process runs all the same. */
  | { readonly event: "record-unwritten" | "output-lost"; readonly message: string }
  /** A record on disk that can't be read: nothing was adopted from it. */
  | { readonly event: "record-unreadable"; readonly message: string };
