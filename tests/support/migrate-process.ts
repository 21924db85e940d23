import { bringUpToDate } from '#lib/postgres/up-to-date'

// What every starting process does first, and nothing else: to be forked by a test, many at once.
const { DATABASE_URL = '', DATA_DIR = '' } = process.env
await bringUpToDate(DATABASE_URL, DATA_DIR, { say: () => {}, signal: new AbortController().signal })
process.exit(0)
