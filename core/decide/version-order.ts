import compareBuild from "semver/functions/compare-build.js";
import parseSemver from "semver/functions/parse.js";

/** When a version was registered (its release's createIndex), undefined where it isn't. */
export type RegisteredAt = (version: string) => number | undefined;

/**
 * Orders two versions, older first: by semver where both parse as it, otherwise by when they were registered.
 * An unregistered one comes before every registered one.
 */
export function compareVersions(a: string, b: string, registeredAt: RegisteredAt): number {
  const [left, right] = [parseSemver(a), parseSemver(b)];
  const bySemver = left !== null && right !== null ? compareBuild(left, right) : 0;
  return bySemver === 0 ? (registeredAt(a) ?? 0) - (registeredAt(b) ?? 0) : bySemver;
}

/** Newest first. Where semver and other versions are mixed, those that semver can't order stay by registration. */
export function newestFirst(versions: readonly string[], registeredAt: RegisteredAt): readonly string[] {
  const byRegistration = [...versions].sort((a, b) => (registeredAt(b) ?? 0) - (registeredAt(a) ?? 0));
  return byRegistration.sort((a, b) => compareVersions(b, a, registeredAt));
}
