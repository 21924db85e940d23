import { sql } from 'drizzle-orm'
import { db } from './client.ts'
import { deliveries, subscriptions } from './digest-schema.ts'

/** How mail fares, for the owner: numbers, no addresses. */
export async function mailFigures(now: Date): Promise<{
  running: number
  ended: number
  bounced: number
  sent: number
  failed: number
  skipped: number
  open: number
  lastSentAt: Date | null
}> {
  const since = new Date(now.getTime() - 86_400_000).toISOString()
  const [row] = await db().execute<
    Record<'running' | 'ended' | 'bounced' | 'sent' | 'failed' | 'skipped' | 'open', number> & { last: string | null }
  >(sql`
    select s.*, d.* from (
      select count(*) filter (where confirmed_at is not null and ended_at is null)::int as running,
        count(*) filter (where ended_why = 'asked')::int as ended,
        count(*) filter (where ended_why in ('bounced', 'complained'))::int as bounced from ${subscriptions}) s,
      (select count(*) filter (where state = 'sent' and sent_at > ${since}::timestamptz)::int as sent,
        count(*) filter (where state = 'failed' and due_at > ${since}::timestamptz)::int as failed,
        count(*) filter (where state = 'skipped' and due_at > ${since}::timestamptz)::int as skipped,
        count(*) filter (where state in ('due', 'sending'))::int as open, max(sent_at) as last from ${deliveries}) d`)
  const { last = null, ...numbers } = row ?? { running: 0, ended: 0, bounced: 0, sent: 0, failed: 0, skipped: 0, open: 0 }
  return { ...numbers, lastSentAt: last === null ? null : new Date(last) }
}
