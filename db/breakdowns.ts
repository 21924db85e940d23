import { sql } from 'drizzle-orm'
import type { Reader } from './audience.ts'
import { db } from './client.ts'
import { isAnyId } from './insert-rows.ts'
import { textArray } from './lanes.ts'
import { prepared } from './prepared.ts'
import { knownSources } from './sources.ts'

/** What stands in the timeline of sources that could not be read for a day: that they broke down, and that they are read again. */
export type BreakdownRow = {
  at: Date
  kind: 'broken' | 'mended'
  source: { id: number; name: string }
  /** When it could not be read for the first time. */
  since: Date
  /** Why, in words. */
  reason: string
}

/** A breakdown as it is mailed. */
export type BreakdownNews = { id: number; sourceId: number; name: string; since: Date; reason: string; endedAt: Date | null }

/** A night without network, or a server that is mended in the morning, is nobody's news. */
const TOLD_AFTER_HOURS = 24

/**
 * Writes down which sources have not been read for a day, and which of those are read again. Whatever time of it the
 * source was not to be read at all (paused, off) is no breakdown. Idempotent.
 */
export async function noticeBreakdowns(now: Date): Promise<void> {
  const at = sql`${now.toISOString()}::timestamptz`
  await db().transaction(async (tx) => {
    await tx.execute(sql`
      update outages o set ended_at = ${at} from sources s
      where s.id = o.source_id and o.ended_at is null and (s.paused_at is not null or s.off is not null)`)
    await tx.execute(sql`
      delete from breakdowns b using sources s
      where s.id = b.source_id and b.ended_at is null and (s.paused_at is not null or s.off is not null)`)
    await tx.execute(sql`
      update breakdowns b set ended_at = s.last_success_at from sources s
      where s.id = b.source_id and b.ended_at is null and s.trouble is null and s.mode <> 'away' and s.last_success_at > b.since`)
    await tx.execute(sql`
      insert into breakdowns (source_id, since, told_at, reason)
      select s.id, o.started_at, ${at}, coalesce(s.error, s.mode_reason, o.reason)
      from sources s join outages o on o.source_id = s.id and o.ended_at is null
      where o.started_at <= ${at} - ${TOLD_AFTER_HOURS} * interval '1 hour' and s.paused_at is null and s.off is null
        and (s.trouble is not null or s.mode = 'away')
      on conflict (source_id) where ended_at is null do nothing`)
  })
}

/**
 * Breakdowns and recoveries whose place in the timeline is after `from` and not after `to`, newest first, of sources that
 * this reader may know of.
 */
export async function breakdownsBetween(
  reader: Reader,
  { from, to, platforms = [], sources = [] }: { from: Date; to: Date; platforms?: string[]; sources?: number[] },
): Promise<BreakdownRow[]> {
  const rows = await prepared<{ at: string; kind: BreakdownRow['kind']; id: string; name: string; since: string; reason: string }>(
    db(),
    sql`
    select told.at, told.kind, s.id, s.name, b.since, b.reason
    from breakdowns b join sources s on s.id = b.source_id,
      lateral (values (b.told_at, 'broken'), (b.ended_at, 'mended')) as told(at, kind)
    where told.at > ${from.toISOString()}::timestamptz and told.at <= ${to.toISOString()}::timestamptz and ${knownSources(reader, 's')}
      ${platforms.length > 0 ? sql`and s.platform = any(${textArray(platforms)})` : sql``}
      ${sources.length > 0 ? sql`and ${isAnyId(sql`s.id`, sources)}` : sql``}
    order by told.at desc, s.id`,
  )
  return rows.map(({ at, kind, id, name, since, reason }) => ({
    at: new Date(at),
    kind,
    source: { id: Number(id), name },
    since: new Date(since),
    reason,
  }))
}

/** Takes what the owner was not told of yet: whoever took it mails it, and nobody else does. */
export async function takeNews(now: Date): Promise<{ broken: BreakdownNews[]; mended: BreakdownNews[] }> {
  const at = sql`${now.toISOString()}::timestamptz`
  return db().transaction(async (tx) => {
    const take = async (column: 'mailed_at' | 'end_mailed_at', open: ReturnType<typeof sql>) => {
      const rows = await tx.execute<{
        id: string
        sourceId: string
        name: string
        since: string
        reason: string
        endedAt: string | null
      }>(sql`
        update breakdowns b set ${sql.identifier(column)} = ${at} from sources s where s.id = b.source_id and ${open}
        returning b.id, s.id as "sourceId", s.name, b.since, b.reason, b.ended_at as "endedAt"`)
      return rows.map(({ id, sourceId, name, since, reason, endedAt }) => ({
        ...{ id: Number(id), sourceId: Number(sourceId), name, reason, since: new Date(since) },
        endedAt: endedAt === null ? null : new Date(endedAt),
      }))
    }
    // What ended before its mail was sent needs neither.
    await tx.execute(sql`update breakdowns set mailed_at = ${at}, end_mailed_at = ${at} where mailed_at is null and ended_at is not null`)
    const broken = await take('mailed_at', sql`b.mailed_at is null and b.ended_at is null`)
    const mended = await take('end_mailed_at', sql`b.end_mailed_at is null and b.ended_at is not null`)
    return { broken, mended }
  })
}

/** The mail could not be sent: it is to be told next time. */
export async function giveNewsBack({ broken, mended }: { broken: BreakdownNews[]; mended: BreakdownNews[] }): Promise<void> {
  const ids = (some: BreakdownNews[]) => sql`${sql.param(some.map(({ id }) => id))}::bigint[]`
  await db().execute(sql`update breakdowns set mailed_at = null where id = any(${ids(broken)})`)
  await db().execute(sql`update breakdowns set end_mailed_at = null where id = any(${ids(mended)})`)
}
