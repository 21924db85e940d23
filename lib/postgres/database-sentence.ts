/** Codes of Postgres (https://www.postgresql.org/docs/current/errcodes-appendix.html) that an owner can do something about. */
const SENTENCES: { [code: string]: string } = {
  '53100': 'The disk of the database is full: nothing is saved until there is room, and nothing is lost; what was read is read again.',
  '53300': 'The database takes no more connections: nothing is saved until others let go of theirs.',
  '57P01': 'The database is being stopped: what was read is read again.',
  ECONNREFUSED: 'The database does not answer: what was read is read again.',
  CONNECTION_CLOSED: 'The connection to the database was lost: what was read is read again.',
}

/** Why something could not be saved, as a sentence to the owner. Looks through the errors that wrap Postgres' own. */
export function databaseSentence(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const sentence = 'code' in cause ? SENTENCES[String(cause.code)] : undefined
    if (sentence) return sentence
  }
  // The outermost names the whole statement, posts and all: a log keeps no content.
  let innermost = error
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause
  return `It could not be saved: ${innermost instanceof Error ? innermost.message : String(innermost)}`
}
