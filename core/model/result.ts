/** The outcome of something that is expected to fail at times. Bugs throw instead. */
export type Result<T, F> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: F };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function err<F>(fault: F): { readonly ok: false; readonly fault: F } {
  return { ok: false, fault };
}
