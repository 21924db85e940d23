import { elsewhere } from '#connectors/elsewhere'
import { connectors } from '#connectors/registry'
import type { SourceRow } from '#db/sources'
import { isSwitchedOn } from './switched-on.ts'

export type Way = { what: string; cost: string; steps: string[] }

/** What an owner is told of a platform: what works, what the rest takes, whom to ask, and what was answered. */
export type PlatformSetup = {
  id: string | null
  name: string
  /** Where nothing is read before the owner switched it on: whether it is, and what it costs. */
  switched: { on: boolean; price: string; limits: string } | null
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
  const read = connectors.flatMap((connector): PlatformSetup[] => {
    const { id, name, settings, describe, setup, switched } = connector
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
        switched: switched ? { on: isSwitchedOn(connector), price: switched.price, limits: switched.limits } : null,
        ask: ask ? { whom: ask.whom, where: ask.where } : null,
        letters: ask ? about.map((one) => ({ about: describe(one), letter: ask.letter(one) })) : [],
        answers: own.flatMap(({ name: source, permission }) => (permission ? [{ source, ...permission }] : [])),
      },
    ]
  })
  const rest = elsewhere.map(({ name, works, ways }) => ({
    id: null,
    name,
    switched: null,
    works,
    ways,
    ask: null,
    letters: [],
    answers: [],
  }))
  return [...read, ...rest]
}
