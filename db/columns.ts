import { customType, timestamp } from 'drizzle-orm/pg-core'

/** A moment. Milliseconds are all that a JS Date holds: finer ones would not survive a cursor. */
export const instant = () => timestamp({ withTimezone: true, precision: 3 })

/** The spans of time in which a source was seen whole, as Postgres writes them: `{[a,b),[c,d)}`. */
export const spans = customType<{ data: string }>({ dataType: () => 'tstzmultirange' })

/** Words and where they stand, as Postgres searches them. */
export const words = customType<{ data: string }>({ dataType: () => 'tsvector' })
