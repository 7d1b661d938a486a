import * as z from "zod/mini";
import { type AuditRow, auditRowSchema } from "../../model/audit-row.ts";
import { describeIssue } from "../../model/parse-record.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { LONGEST_LINE } from "./split-lines.ts";

/** The fault says why the line is no row of an audit log. */
export function parseRow(line: string | undefined): Result<AuditRow, string> {
  if (line === undefined) return err(`it is longer than ${LONGEST_LINE} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return err("it is no JSON");
  }
  const parsed = z.safeParse(auditRowSchema, value);
  return parsed.success ? ok(parsed.data) : err(parsed.error.issues.map(describeIssue).join("; "));
}
