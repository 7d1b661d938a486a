/**
 * What is known of a protocol that nobody reads. Some services answer, some speak first, some never say a byte: silence
 * tells of an instance's health only where others were heard.
 */
export interface Manners {
  /** An instance spoke before its client had. */
  readonly greets: boolean;
  /** An instance spoke after its client had. */
  readonly answers: boolean;
}

export const NEVER_HEARD: Manners = { greets: false, answers: false };

/** An instance has said its first byte. */
export function afterFirstWord(manners: Manners, hasClientSpoken: boolean): Manners {
  const { answers, greets } = manners;
  if (hasClientSpoken ? answers : greets) return manners;
  return hasClientSpoken ? { greets, answers: true } : { greets: true, answers };
}

/** Whether an instance that has said nothing should have by now. A client that has said nothing either may just be early. */
export function isSilenceTelling({ answers, greets }: Manners, hasClientSpoken: boolean): boolean {
  return greets || (hasClientSpoken && answers);
}
