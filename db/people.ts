import { sql } from 'drizzle-orm'
import { audiencesFor, type Reader, type Surface } from './audience.ts'
import { db } from './client.ts'
import { lanesFor, textArray } from './lanes.ts'
import type { Person, Share } from './post.ts'

/**
 * How people are called, by `<platform>:<id>`: by a post of theirs, or one that they passed on, that this reader may see there.
 * Who has none for this reader is missing.
 */
export async function namesOfPeople(reader: Reader, keys: string[], surface: Surface): Promise<Map<string, string>> {
  const audiences = textArray(audiencesFor(reader, surface))
  const named = await Promise.all(
    keys.map(async (key): Promise<[string, string] | null> => {
      const [row] = await db().execute<{ author: Person; share: Share | null; shares: Share[] | null }>(sql`
        select p.author, p.share, (select jsonb_agg(s.share) from sightings s where s.post_id = p.id and s.share is not null) as shares
        from (
          select l.entry_id from entry_lanes l
          where l.lane = any(${textArray(lanesFor(reader, { people: [key] }).flat())}) and l.audience = any(${audiences}) limit 1
        ) l join posts p on p.entry_id = l.entry_id and p.deleted_at is null and not p.author_hidden and p.audience = any(${audiences})
        order by (p.platform || ':' || (p.author ->> 'id') = ${key}) desc limit 1`)
      const id = key.slice(key.indexOf(':') + 1)
      const person = row && [row.author, row.share?.by, ...(row.shares ?? []).map(({ by }) => by)].find((one) => one?.id === id)
      return person ? [key, person.name || person.handle] : null
    }),
  )
  return new Map(named.filter((one) => one !== null))
}
