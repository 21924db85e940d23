import { connectors } from '#connectors/registry'
import { noteDeed } from '#db/audit-log'
import { type DeclaredSource, declareSources, sourcesKnownTo } from '#db/sources'
import { removeSpeakers, speakersOn } from '#db/speakers'
import { log } from '../log.ts'
import { writeDownDeletions } from '../postgres/deletions-journal.ts'
import { fileDeeds } from '../sources/file-deeds.ts'

/**
 * Removes what is here of people who asked, since, to be left out of a source: what comes is left out by its connector.
 * Paused sources are asked, too: a wish does not end with the reading.
 * @param besides settings that stand in no file of sources, as an import's
 * @returns how many posts went
 */
export async function leaveOut(now: Date, besides?: { platform: string; settings: unknown }): Promise<number> {
  const sources = await sourcesKnownTo({ role: 'owner' })
  let removed = 0
  for (const { id: platform, settings, leftOut } of connectors) {
    if (!leftOut) continue
    const read = sources
      .filter((source) => source.platform === platform)
      .map((source) => settings.safeParse(source.resolved ?? source.settings))
    const all = [
      ...read.flatMap(({ data }) => (data === undefined ? [] : [data])),
      ...(besides?.platform === platform ? [besides.settings] : []),
    ]
    const wishes = all.filter((one) => leftOut(one, []) !== null)
    if (wishes.length === 0) continue
    const said = await speakersOn(platform)
    const asked = wishes.flatMap((wish) => leftOut(wish, said) ?? [])
    const theirs = said.filter((speaker) => asked.some((isTheirs) => isTheirs(speaker)))
    removed += await removeSpeakers(platform, theirs, now)
  }
  if (removed > 0) await writeDownDeletions()
  if (removed > 0) log.info({ removed }, 'posts of people who asked to be left out')
  return removed
}

/**
 * Takes over what a file of sources declares, and what it says of people who asked to be left out; what changed since it was
 * read last is written down among what owners did. Returns how many posts went.
 */
export async function takeOver(declared: DeclaredSource[], now: Date): Promise<number> {
  const before = await sourcesKnownTo({ role: 'owner' })
  await declareSources(declared, now)
  for (const deed of fileDeeds(before, declared, isInNoFile)) await noteDeed({ who: 'the file of sources', ...deed }, now)
  return leaveOut(now)
}

function isInNoFile(key: string): boolean {
  return !connectors.some(({ id }) => key.startsWith(`${id}:`))
}
