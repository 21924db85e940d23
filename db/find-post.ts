import { sql } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import { textArray } from './lanes.ts'
import { forReaders } from './replicas.ts'

/** The id of a post by its platform's own key; null where there is none that this reader may see. */
export async function findPost(reader: Reader, platform: string, externalId: string): Promise<number | null> {
  const audiences = textArray(audiencesFor(reader, 'stream'))
  const [row] = await forReaders().execute<{ id: string }>(sql`
    select p.id from posts p join entries e on e.id = p.entry_id
    where p.platform = ${platform} and p.external_id = ${externalId} and p.deleted_at is null and not p.author_hidden
      and p.audience = any(${audiences}) and e.audience = any(${audiences})`)
  return row ? Number(row.id) : null
}
