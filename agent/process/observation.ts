/** What the process applier sees of its process, for the loop and for the instance's record. */
export interface ProcessObservation {
  /** `none`: nothing runs and nothing will be started without a change. `stalled`: it kept crashing, a new change or a person is needed. */
  readonly state: "none" | "running" | "restarting" | "stalled";
  readonly version?: string | undefined;
  readonly pid?: number | undefined;
  readonly port?: number | undefined;
  readonly message?: string | undefined;
  /** The newest lines it printed, control characters made visible; only where it isn't running. */
  readonly lastLines?: string | undefined;
  /** Former processes that are being drained and stopped. */
  readonly leaving?: number | undefined;
}
