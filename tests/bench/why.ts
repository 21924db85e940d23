/** Why a target was missed when it was looked into last, and with what profile; told beneath the figures of a run that misses it. */
export const reasons: { of: RegExp; because: string }[] = []

/** The reasons of these missed lines, each once, in the order of the lines. */
export function whyMissed(missed: string[]): string[] {
  const those = missed.flatMap((what) => reasons.filter(({ of }) => of.test(what)).slice(0, 1))
  return [...new Set(those)].map(({ because }) => because)
}
