import type { Suspect } from "../../../../core/model/reading.ts";

interface Onset {
  /** When a suspect's figure was first found bad; undefined while it is good, or was never looked at. */
  of(suspect: Suspect): number | undefined;
  bad(suspect: Suspect, at: number): number;
  good(suspect: Suspect): void;
}

/** Of a track, the newest suspect's only. No data neither ends nor begins a symptom. */
export function createOnset(): Onset {
  const nameOf = ({ since, version }: Suspect): string => `${version} ${since}`;
  const kept = new Map<string, { readonly name: string; readonly at: number }>();
  const of: Onset["of"] = (suspect) => {
    const found = kept.get(suspect.track);
    return found?.name === nameOf(suspect) ? found.at : undefined;
  };
  return {
    of,
    bad(suspect, at) {
      const first = of(suspect) ?? at;
      kept.set(suspect.track, { name: nameOf(suspect), at: first });
      return first;
    },
    good: ({ track }) => void kept.delete(track),
  };
}
