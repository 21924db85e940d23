import type { DeclaredSource, SourceRow } from '#db/sources'

type Declared = Pick<DeclaredSource, 'key' | 'name' | 'paused' | 'permission'>
type Known = Pick<SourceRow, 'key' | 'name' | 'pausedAt' | 'pausedHere' | 'addedHere' | 'permission'>

/**
 * What somebody did to the file of sources, by hand or by `npm run source`, as the list of what owners did says it: of what
 * was known before, and of what the file declares now. `own` tells the keys of sources that are in no file. Pure.
 */
export function fileDeeds(before: Known[], declared: Declared[], own: (key: string) => boolean): { what: string; about: string }[] {
  if (before.length === 0) return declared.length > 0 ? [{ what: 'declared the first sources', about: `${declared.length}` }] : []
  const known = new Map(before.map((source) => [source.key, source]))
  const named = new Set(declared.map(({ key }) => key))
  const gone = before.filter(({ key, pausedAt, addedHere }) => !named.has(key) && !pausedAt && !addedHere && !own(key))
  return [
    ...declared.flatMap((source) => changesOf(source, known.get(source.key))),
    ...gone.map(({ name }) => ({ what: 'removed a source', about: name })),
  ]
}

function changesOf({ name, paused = false, permission }: Declared, was: Known | undefined): { what: string; about: string }[] {
  const said = permission ? `${name}: ${permission.by}, ${permission.on}` : name
  if (!was) return [{ what: 'added a source', about: name }, ...(permission ? [{ what: 'wrote down a permission', about: said }] : [])]
  const isOther = permission?.by !== was.permission?.by || permission?.on !== was.permission?.on
  return [
    ...(paused && !was.pausedAt ? [{ what: 'paused a source', about: name }] : []),
    ...(!paused && was.pausedAt && !was.pausedHere ? [{ what: 'had a source read again', about: name }] : []),
    ...(isOther ? [{ what: permission ? 'wrote down a permission' : 'took back a permission', about: said }] : []),
  ]
}
