import { openArchive } from '../archive-files.ts'
import { ConnectorError } from '../trouble.ts'

/** A file of an export: its name with `/`, its size as it is read, and what is in it. */
export type ExportFile = { name: string; bytes: number; read(): Promise<unknown> }

export type ExportFiles = { files: ExportFile[]; close(): Promise<void> }

/** A day of a channel is far below; it is held in memory whole. */
const MOST_BYTES = 64 * 1024 * 1024

/** The files of an export, a zip or the folder that it was unpacked to, none of them read yet. Throws `refused`. */
export async function openExport(path: string): Promise<ExportFiles> {
  const { form, files, close } = await openArchive(path, { wanted: (name) => name.endsWith('.json'), mostBytes: MOST_BYTES })
  if (form !== 'zip' && form !== 'folder') throw new ConnectorError('refused', `${path} is neither a zip nor a folder`)
  return { files: files.map((file) => ({ ...file, read: async () => jsonOf(await file.read(), file.name) })), close }
}

function jsonOf(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new ConnectorError('malformed', `${name} is not JSON`)
  }
}
