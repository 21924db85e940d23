import { and, asc, inArray, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import { db } from './client.ts'
import { lanesFor, textArray } from './lanes.ts'
import type { Permission } from './post.ts'
import { knownSources } from './sources.ts'
import { sources } from './sources-schema.ts'

/** What is to be known of a channel, and is nothing that somebody said. */
export type ChannelNote =
  /** Nothing was said on a day on which all of it was heard. `at` is its last second. */
  | { kind: 'quiet'; at: Date; sources: string[] }
  /** From here on it is heard. */
  | { kind: 'begun'; at: Date; sources: string[] }
  /** Its people agreed, after it was heard already: `open` says whether everybody may read it. */
  | { kind: 'permitted'; at: Date; sources: string[]; by: string; open: boolean }
  /** They agree no more: `open` says whether everybody could read it until then. */
  | { kind: 'withdrawn'; at: Date; sources: string[]; by: string; open: boolean }

type Asked = {
  /** Platforms whose silence says something: where people talk. */
  platforms: string[]
  /** None stands for all. */
  sources: number[]
  /** Whole days, of the reader's zone. */
  days: { from: Date; to: Date }[]
}

/** No stretch of conversation goes on for longer without a word: what stands before reaches into a day from so far at most. */
const LONGEST_TALK = sql`interval '1 day'`

/**
 * What happened to channels: days on which nothing was said, though nothing was missed; where hearing began; and permissions
 * given and withdrawn since. In no order. What a reader may not see was not said, as far as they are told.
 */
export async function channelNotes(reader: Reader, { platforms, sources: asked, days }: Asked): Promise<ChannelNote[]> {
  if (platforms.length === 0) return []
  const channels = await db()
    .select({
      id: sources.id,
      name: sources.name,
      audience: sources.audience,
      permission: sources.permission,
      withdrawn: sources.withdrawn,
      begun: sources.firstReadAt,
    })
    .from(sources)
    .where(
      and(
        knownSources(reader),
        inArray(sources.platform, platforms),
        isNull(sources.pausedAt),
        isNotNull(sources.firstReadAt),
        asked.length > 0 ? inArray(sources.id, asked) : undefined,
      ),
    )
    .orderBy(asc(sources.id))
  const told = channels.flatMap(({ name, audience, permission, withdrawn, begun }): ChannelNote[] => {
    if (!begun) return []
    const given = permission ?? withdrawn
    const open = permission ? audience !== 'members' : Boolean(withdrawn?.open)
    const agreed = given && dayOf(given)
    return [
      { kind: 'begun', at: begun, sources: [name] },
      ...(given && agreed && agreed > begun ? [{ kind: 'permitted' as const, at: agreed, sources: [name], by: given.by, open }] : []),
      ...(withdrawn ? [{ kind: 'withdrawn' as const, at: new Date(withdrawn.at), sources: [name], by: withdrawn.by, open }] : []),
    ]
  })
  return [...(await quietDays(reader, new Map(channels.map(({ id, name }) => [id, name])), days)), ...told]
}

/** Each day on which nothing was said, with the channels of which that is known. */
async function quietDays(reader: Reader, channels: Map<number, string>, days: Asked['days']): Promise<ChannelNote[]> {
  if (channels.size === 0 || days.length === 0) return []
  const lanes = [...channels.keys()].flatMap((id) => (lanesFor(reader, { sources: [id] })[0] ?? []).map((lane) => ({ id, lane })))
  const rows = await db().execute<{ source: string; day_to: string }>(sql`
    with day as (select * from unnest(${times(days.map(({ from }) => from))}, ${times(days.map(({ to }) => to))}) as d(day_from, day_to)),
      lane as (select * from unnest(${sql.param(lanes.map(({ id }) => id))}::bigint[], ${textArray(lanes.map(({ lane }) => lane))}) as l(source, lane))
    select s.id as source, day.day_to from sources s cross join day
    where ${inArray(sql`s.id`, [...channels.keys()])} and s.first_read_at <= day.day_from
      and s.covered @> tstzrange(day.day_from, day.day_to)
      and not exists (
        select 1 from lane join entry_lanes told on told.lane = lane.lane join entries e on e.id = told.entry_id
        where lane.source = s.id and told.audience = any(${textArray(audiencesFor(reader, 'stream'))})
          and told.sort_at >= day.day_from - ${LONGEST_TALK} and told.sort_at < day.day_to and e.last_at >= day.day_from)
    order by day.day_to, s.id`)
  return [...Map.groupBy(rows, ({ day_to }) => day_to)].map(([to, those]) => ({
    kind: 'quiet',
    at: new Date(new Date(to).getTime() - 1000),
    sources: those.map(({ source }) => channels.get(Number(source)) ?? ''),
  }))
}

function dayOf({ on }: Permission): Date | null {
  const day = new Date(on)
  return Number.isNaN(day.getTime()) ? null : day
}

function times(of: Date[]): SQL {
  return sql`${`{${of.map((time) => time.toISOString()).join(',')}}`}::timestamptz[]`
}
