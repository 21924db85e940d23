import type { Reader } from '#db/audience'
import type { Config } from '../config.ts'
import { preferencesOf } from '../reading/reader-preferences.ts'

/** Whether who asks is shown media straight from where they are kept: this instance has no proxy, or the reader wants none. */
export async function wantsDirectMedia(config: Pick<Config, 'MEDIA_PROXY'>, reader: Reader, headers: Headers): Promise<boolean> {
  if (config.MEDIA_PROXY === 'off') return true
  return (await preferencesOf(headers, reader)).settings.media === 'direct'
}
