/** The audit log as `/v1/state` and the metrics show it. */
export interface AuditState {
  readonly file: string;
  /** Written. */
  readonly rows: number;
  /** Calls that aren't written, for the disk refused them or was too slow. */
  readonly lost: number;
  /** Why nothing can be written now. */
  readonly fault?: string | undefined;
}
