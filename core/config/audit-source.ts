/** Audit logs on this host that the guard reads. */
import * as z from "zod/mini";

const MOST_FILES = 16;

export const auditSourceSchema = z.strictObject({
  /** What they were rotated to is read with them. */
  files: z.array(z.string().check(z.minLength(1, { error: "needs a path" }))).check(z.minLength(1, { error: "names at least one file" }), z.maxLength(MOST_FILES, { error: `at most ${MOST_FILES} files` })),
});
export type AuditSourceSettings = z.infer<typeof auditSourceSchema>;
