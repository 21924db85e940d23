import type { SourceRow } from '#db/sources'
import { hide } from '../hidden.ts'
import { log } from '../log.ts'
import { writeSecretFile } from '../secret-file.ts'
import { secretFileOf } from '../secrets.ts'

/**
 * Writes secrets that a platform gave in the place of others into the files that the source's settings name. What stands in the
 * environment cannot be written: it stays what it is, and serves until it ends.
 */
export function keepRenewed(source: Pick<SourceRow, 'name' | 'settings'>, renewed: { [setting: string]: string }): void {
  for (const [setting, secret] of Object.entries(renewed)) {
    hide(secret)
    const file = secretFileOf(source.settings[setting])
    if (!file) continue
    try {
      writeSecretFile(file, secret)
      log.info({ source: source.name }, `${setting} was renewed, and written to its file`)
    } catch (error) {
      log.warn({ source: source.name, err: error }, `${setting} was renewed, and could not be written to its file`)
    }
  }
}
