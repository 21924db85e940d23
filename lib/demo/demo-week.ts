import { randomUUID } from 'node:crypto'
import { connectorOf, connectors } from '#connectors/registry'
import { clearDemo, DEMO_KEY } from '#db/clear-demo'
import { beat } from '#db/heartbeats'
import { claimSource, type DeclaredSource, declareSources, listSources, type SourceRow } from '#db/sources'
import type { Admitted } from '#db/store-posts'
import { openRules, ruleThatAdmits } from '../collecting/rules.ts'
import { canonical } from '../secrets.ts'
import { type DemoFile, type DemoPost, type DemoSource, demoAt, readDemo } from './demo-file.ts'
import { breakDown, failAgain, type Held, introduce, save, succeed } from './demo-source.ts'

const WEEK_MS = 7 * 86_400_000
/** Between what is said and its being seen: a poll's wait, or a stream's none. */
const SEEN_WITHIN_MS = { live: 2_000, polled: 90_000 }

type Said = { held: Held; admitted: Admitted; seen: Date; gone: Date | null }

/** The demo's week in the database, and what makes it go on. */
export type DemoWeek = {
  sources: SourceRow[]
  /** Posts that come in one by one, before they begin again. */
  trickle: number
  /** Somebody says the next thing, now. */
  sayNext(now: Date): Promise<void>
  /** Looks at each source that is due: it answers, or fails again. */
  lookAround(now: Date): Promise<void>
}

/**
 * Empties the demo's database and fills it with its made-up week up to `now`, each post first seen when it would have
 * been. `origin` is where the program's own pictures are found. Throws what a connector's `parse` cannot read.
 */
export async function startDemoWeek(origin: string, now: Date): Promise<DemoWeek> {
  const read = await Promise.all(connectors.map(async ({ id }) => ({ id, json: await readDemo(id) })))
  const files = read.flatMap(({ id, json }) => (json === null ? [] : [{ id, json }]))
  const demosAt = (time: Date, round: number) =>
    files.map(({ id, json }) => ({ id, demo: demoAt(json, time, { ORIGIN: origin, ROUND: String(round) }) }))
  const demos = demosAt(now, 0)

  const holder = randomUUID()
  const weekAgo = new Date(now.getTime() - WEEK_MS)
  await clearDemo()
  const all = demos.flatMap(({ id, demo }) => demo.sources.map((source) => ({ id, source })))
  const changes = all.flatMap(({ source }) => source.permission?.until ?? []).sort((a, b) => a.getTime() - b.getTime())
  for (const at of [weekAgo, ...changes]) {
    await declareSources(
      all.map(({ id, source }) => declared(id, source, at)),
      at,
    )
  }
  // The made-up computer was on all week: what its sources missed is their own fault.
  await beat(holder, 'worker', weekAgo, now)
  const held = new Map<string, Held>()
  for (const { id, name } of await listSources({ role: 'owner' })) {
    const row = await claimSource(id, holder, now)
    const source = demos.find((demo) => demo.id === row?.platform)?.demo.sources.find((one) => one.name === name)
    if (row && source)
      held.set(`${row.platform} ${name}`, {
        row: { ...row, firstReadAt: weekAgo },
        declared: source,
        readAt: weekAgo,
        dueAt: now,
        failures: source.failing?.failures ?? 0,
      })
  }

  const week = demos.flatMap(({ id, demo }) => demo.posts.map((post) => saying(id, post, held)))
  const events = week.flatMap(({ held: of, admitted, seen, gone }) => [
    { at: seen, happens: () => save(of, holder, [admitted], seen) },
    ...(gone ? [{ at: gone, happens: () => save(of, holder, [], gone, [admitted.post.externalId]) }] : []),
  ])
  const untilNow = events.filter(({ at }) => at <= now).sort((a, b) => a.at.getTime() - b.at.getTime())
  for (const { happens } of untilNow) await happens()
  for (const one of held.values()) await breakDown(one, holder)
  // Polls are spread over their interval, as they are after a while.
  for (const [index, one] of [...held.values()].entries()) {
    const agoMs = one.declared.mode === 'live' || one.declared.failing ? 0 : (index / held.size) * one.row.everySeconds * 1000
    await introduce(one, holder, weekAgo, new Date(now.getTime() - agoMs))
  }

  const order = interleaved(demos)
  let count = 0
  return {
    sources: [...held.values()].map(({ row }) => row),
    trickle: order.length,
    async sayNext(time) {
      const { id, index } = order[count % order.length] ?? {}
      const post = demosAt(time, Math.floor(count / order.length) + 1).find((one) => one.id === id)?.demo.trickle[index ?? 0]
      count++
      if (!id || !post) return
      const said = saying(id, post, held)
      await succeed(said.held, holder, [said.admitted], time)
    },
    async lookAround(time) {
      for (const one of held.values()) {
        if (one.dueAt > time) continue
        if (one.declared.failing) await failAgain(one, holder, time)
        else await succeed(one, holder, [], time)
      }
    },
  }
}

/** As its file declares it at that time. */
function declared(platform: string, { name, settings, permission: given }: DemoSource, at: Date): DeclaredSource {
  const connector = connectorOf(platform)
  const withdrawn = given?.until && given.until <= at
  const permission = given && !withdrawn ? { by: given.by, on: given.on } : null
  return {
    key: `${DEMO_KEY}${platform}:${canonical(settings)}`,
    platform,
    name,
    nameGiven: true,
    settings,
    rules: openRules,
    everySeconds: connector.everySeconds,
    audience: (withdrawn && connector.audience?.(connector.settings.parse(settings), null)) || null,
    permission,
    keepDays: null,
    off: null,
  }
}

function saying(platform: string, { source, seen, gone, native }: DemoPost, sources: Map<string, Held>): Said {
  const held = sources.get(`${platform} ${source}`)
  if (!held) throw new Error(`The demo of ${platform} has a post of “${source}”, which is none of its sources`)
  const post = connectorOf(platform).parse(native, held.declared.context)
  const rule = ruleThatAdmits(post, openRules) ?? ''
  const said = post.publishedAt ?? post.editedAt ?? held.dueAt
  // The same post is always found after the same wait.
  const wait = ([...post.externalId].reduce((sum, character) => sum + character.charCodeAt(0), 0) % 100) / 100
  return {
    held,
    admitted: { post, rule },
    gone: gone ?? null,
    seen: seen ?? new Date(said.getTime() + wait * SEEN_WITHIN_MS[held.declared.mode]),
  }
}

/** Each platform's trickle in its order, none of them all at once. */
function interleaved(demos: { id: string; demo: DemoFile }[]): { id: string; index: number }[] {
  return demos
    .flatMap(({ id, demo }) => demo.trickle.map((_, index) => ({ id, index, place: (index + 0.5) / demo.trickle.length })))
    .sort((a, b) => a.place - b.place)
}
