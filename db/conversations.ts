/**
 * Where a stretch of conversation ends. People in a channel do not close their conversations; silence does, sooner
 * for who comes in new and speaks to nobody, later for who answers somebody by name.
 */

/** What is known of an entry that may still grow. */
export type Stretch = { id: number; sortAt: Date; lastAt: Date; authorIds: Set<string> }

export type Utterance = { at: Date; authorId: string /** Whom it answers by name, or null. */; addresseeId: string | null }

/** The stretch that what was said belongs to, or null when it begins one of its own. Pure. */
export function stretchOf(said: Utterance, silenceMinutes: number, stretches: Stretch[]): Stretch | null {
  const patience = (stretch: Stretch) => {
    if (said.addresseeId !== null) return stretch.authorIds.has(said.addresseeId) ? 1.5 : 1
    return stretch.authorIds.has(said.authorId) ? 1 : 0.5
  }
  const near = stretches.filter((stretch) => {
    const silenceMs = silenceMinutes * 60_000 * patience(stretch)
    return said.at.getTime() >= stretch.sortAt.getTime() - silenceMs && said.at.getTime() <= stretch.lastAt.getTime() + silenceMs
  })
  // What fills a hole between two belongs to the one that it follows.
  return near.toSorted((a, b) => b.sortAt.getTime() - a.sortAt.getTime()).find(({ sortAt }) => sortAt <= said.at) ?? near[0] ?? null
}
