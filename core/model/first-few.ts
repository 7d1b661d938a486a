/** `a, b, c and 37 more`: a sentence that names all of a fleet is read by nobody. */
export function firstFew(names: readonly string[], few = 3): string {
  const shown = names.slice(0, few).join(", ");
  return names.length > few ? `${shown} and ${names.length - few} more` : shown;
}
