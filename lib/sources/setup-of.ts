import { elsewhere } from '#connectors/elsewhere'
import { connectors } from '#connectors/registry'
import type { SourceRow } from '#db/sources'

export type Way = { what: string; cost: string; steps: string[] }

/** What an owner is told of a platform: what works, what the rest takes, whom to ask, and what was answered. */
export type PlatformSetup = {
  id: string | null
  name: string
  works: string
  ways: Way[]
  ask: { whom: string; where: string | null } | null
  /** Each source that waits for an answer, or what it would be about, with the letter to send. */
  letters: { about: string; letter: string }[]
  /** Who answered already. */
  answers: { source: string; by: string; on: string }[]
}

/** Of every platform that has something to set up, in the registry's order; then of those that no source reads. Pure. */
export function setupOf(sources: SourceRow[]): PlatformSetup[] {
  const read = connectors.flatMap(({ id, name, settings, describe, setup }): PlatformSetup[] => {
    if (!setup) return []
    const { works, ways, ask } = setup
    const own = sources.filter(({ platform, pausedAt, pausedHere }) => platform === id && (!pausedAt || pausedHere))
    const waiting = ask
      ? own.filter(({ permission }) => !permission).flatMap((source) => settings.safeParse(source.settings).data ?? [])
      : []
    const about = waiting.length > 0 ? waiting : ask ? [ask.about] : []
    return [
      {
        ...{ id, name, works, ways },
        ask: ask ? { whom: ask.whom, where: ask.where } : null,
        letters: ask ? about.map((one) => ({ about: describe(one), letter: ask.letter(one) })) : [],
        answers: own.flatMap(({ name: source, permission }) => (permission ? [{ source, ...permission }] : [])),
      },
    ]
  })
  const rest = elsewhere.map(({ name, works, ways }) => ({ id: null, name, works, ways, ask: null, letters: [], answers: [] }))
  return [...read, ...rest]
}
