import { parse } from 'csv-parse/sync'
import type { ArchiveFile } from './archive-files.ts'
import { ConnectorError } from './trouble.ts'

/** The rows of a file of comma-separated values (RFC 4180), by the names in its first row. Throws `malformed`. */
export async function rowsIn(file: ArchiveFile): Promise<{ [column: string]: string }[]> {
  const text = (await file.read()).toString('utf8')
  try {
    return parse(text, { columns: true, bom: true, skip_empty_lines: true, relax_column_count: true, relax_quotes: true })
  } catch (error) {
    throw new ConnectorError('malformed', `${file.name} is no table: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}
