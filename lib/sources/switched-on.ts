import type { Connector } from '#connectors/contract'
import { configuration } from '../config.ts'

type Switched = Pick<Connector, 'id' | 'name' | 'switched'>

/** Whether it may be read at all: it costs nothing and nobody's tokens, or the owner switched it on. */
export function isSwitchedOn({ id, switched }: Switched, on: readonly string[] = configuration().SWITCHED_ON): boolean {
  return !switched || on.includes(id)
}

/** Why nothing of it is read, with its price and how to switch it on, in a sentence; null where it may be. */
export function switchedOff(connector: Switched, on?: readonly string[]): string | null {
  const { id, name, switched } = connector
  if (!switched || isSwitchedOn(connector, on)) return null
  return `${name} is switched off here: ${switched.price}; ${switched.limits}. ${id} among SWITCHED_ON in the environment switches it on`
}
