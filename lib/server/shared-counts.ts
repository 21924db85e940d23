import { db } from '#db/client'

/** Where `rate-limiter-flexible` counts what holds over all processes and restarts: in the database, over the connections that are there. */
export const sharedCounts = { storeClient: { query }, storeType: 'client', tableName: 'rate_limits', tableCreated: true }

/** What the library knows of `pg`. */
async function query({ text, values = [] }: { text: string; values?: (string | number | null)[] }) {
  const rows = await db().$client.unsafe(text, values)
  return { rows, rowCount: rows.count }
}
