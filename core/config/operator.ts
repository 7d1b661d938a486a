import { hostname, userInfo } from "node:os";

const LONGEST_OPERATOR = 256;

/** Who acts, as history and status name them: ROLLPIN_USER, else user and host. Cut, since it is kept in every record that this writes. */
export function operatorOf(env: Readonly<Record<string, string | undefined>>): string {
  return nameOf(env).slice(0, LONGEST_OPERATOR);
}

function nameOf(env: Readonly<Record<string, string | undefined>>): string {
  const given = env["ROLLPIN_USER"];
  if (given !== undefined && given.trim() !== "") return given.trim();
  return `${env["USER"] ?? env["LOGNAME"] ?? loginName()}@${hostname()}`;
}

/** Throws where the user has no entry in the system's list, as in many containers. */
function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
