import { log } from '../log.ts'

/**
 * Keeps this process alive through two defects of postgres.js 3.4.9. When a connection is lost within a transaction, what the
 * transaction asks next is written to a socket that is no more, in a callback of its own that nobody can catch
 * (https://github.com/porsager/postgres/issues/1154, /1208). The transaction itself has failed by then, as it should, and
 * `db()` takes no connection from that pool again. And when a connection is lost while the library asks for the types that
 * the database has, nobody hears of it. Any other error that nobody caught ends the process, as ever.
 */
export function outliveDriver(): void {
  process.on('uncaughtException', (error) => {
    if (isWriteToNobody(error)) return log.warn('a transaction went on after its connection to the database was lost')
    if (isLossOfTypes(error)) return log.warn('a connection to the database was lost as it began')
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exit(1)
  })
  process.on('unhandledRejection', (error) => {
    throw error
  })
}

/** By what it says, and that it comes from a callback: its names are shortened where the pages bundle the library. */
export function isWriteToNobody(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes("of null (reading 'write')") && /processImmediate/.test(error.stack ?? '')
}

/** The library's own question, which comes with its error. */
export function isLossOfTypes(error: unknown): boolean {
  return (
    error instanceof Error && 'query' in error && /^\s*select b\.oid, b\.typarray\s+from pg_catalog\.pg_type a/.test(String(error.query))
  )
}
