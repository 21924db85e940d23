import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const instant = z.iso.datetime().transform((time) => new Date(time))

const DemoSource = z.strictObject({
  name: z.string(),
  settings: z.record(z.string(), z.unknown()),
  /** What the connector's `parse` is given beside each native. */
  context: z.unknown().optional(),
  mode: z.enum(['live', 'polled']),
  modeReason: z.string().optional(),
  notice: z.string().optional(),
  /** Who agreed that it is read, and on which day; `until` when they withdrew that again. */
  permission: z
    .strictObject({ by: z.string(), on: instant.transform((at) => at.toISOString().slice(0, 10)), until: instant.optional() })
    .optional(),
  /** The newest post, of a source that has been asleep for longer than the week. */
  lastPostAt: instant.optional(),
  /** It did not answer for more than a day of the week, and does again. */
  outage: z.strictObject({ from: instant, to: instant, error: z.string() }).optional(),
  /** It does not answer, so that the page of sources has something to explain. */
  failing: z
    .strictObject({
      since: instant,
      trouble: z.enum(['rate-limited', 'unavailable', 'refused', 'malformed']),
      error: z.string(),
      failures: z.int(),
    })
    .optional(),
})

const DemoPost = z.strictObject({
  /** The name of the source that shows it. */
  source: z.string(),
  /** When it was first seen, where that was not soon after it was said. */
  seen: instant.optional(),
  /** When its author took it back. */
  gone: instant.optional(),
  /** As the platform would send it. */
  native: z.unknown(),
})

const DemoFile = z.strictObject({
  /** What natives repeat stands here once, under an anchor. */
  shared: z.unknown().optional(),
  sources: z.array(DemoSource),
  /** The week up to now. */
  posts: z.array(DemoPost),
  /** What comes in while somebody watches, each at its present time. */
  trickle: z.array(DemoPost),
})

export type DemoSource = z.infer<typeof DemoSource>
export type DemoPost = z.infer<typeof DemoPost>
export type DemoFile = z.infer<typeof DemoFile>

/** What a connector's folder holds for the demo (`demo.yaml`) as JSON, its times and `$NAMES` still to be filled in; null: nothing. */
export async function readDemo(connectorId: string): Promise<string | null> {
  const file = join(import.meta.dirname, '../..', 'connectors', connectorId, 'demo.yaml')
  const text = await readFile(file, 'utf8').catch(() => null)
  // A person or an emoji is referred to as often as it speaks.
  return text === null ? null : JSON.stringify(parse(text, { maxAliasCount: -1 }))
}

/** The demo as of `now`: ORIGIN is where its pictures are, ROUND tells one run of the trickle from the next. */
export function demoAt(json: string, now: Date, { ORIGIN, ROUND }: { ORIGIN: string; ROUND: string }): DemoFile {
  return DemoFile.parse(JSON.parse(atTime(json, now).replaceAll('$ORIGIN', ORIGIN).replaceAll('$ROUND', ROUND)))
}

const TOKEN = /"@(epoch|epochms)?([+-])(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?: (\d\d):(\d\d))?"/g

/**
 * JSON with its time tokens replaced: `"@-2d5h13m"` is that long before `now`, `"@-2d 14:05"` that time of day (UTC)
 * two days before, `"@+1h"` is to come. They become ISO 8601, or seconds since 1970 where written `"@epoch-2h"`, milliseconds where
 * `"@epochms-2h"`.
 */
export function atTime(json: string, now: Date): string {
  return json.replace(TOKEN, (_token, epoch, sign, d = 0, h = 0, m = 0, s = 0, clockHour, clockMinute) => {
    const span = ((Number(d) * 24 + Number(h)) * 60 + Number(m)) * 60 + Number(s)
    const time = new Date(now.getTime() + (sign === '-' ? -span : span) * 1000)
    if (clockHour !== undefined) time.setUTCHours(Number(clockHour), Number(clockMinute), time.getUTCSeconds(), 0)
    if (epoch) return String(epoch === 'epochms' ? time.getTime() : Math.floor(time.getTime() / 1000))
    return `"${time.toISOString()}"`
  })
}
