import { openArchive } from '../archive-files.ts'
import { fileCalled, optionsOf, readArchives } from '../archive-items.ts'
import type { Archive, Recognised } from '../contract.ts'
import { rowsIn } from '../csv.ts'
import { ConnectorError } from '../trouble.ts'
import { audienceOf, parse, Share } from './archived.ts'
import { Settings } from './settings.ts'

/** "Get a copy of your data": a zip of tables, of which `Shares.csv` holds what was posted and `Profile.csv` by whom. */
export const archive: Archive<Settings> = {
  usage: 'linkedin <export.zip or its folder> [--profile https://www.linkedin.com/in/ada] [--name "Ada Example"]',
  settings: (options) => optionsOf(Settings, options, 'An export of LinkedIn takes --name and --profile'),
  async recognise(paths): Promise<Recognised> {
    const opened = await openArchive(paths[0] ?? '', { wanted: (name) => /\.csv$/i.test(name) })
    try {
      const shares = fileCalled(opened.files, 'Shares.csv')
      if (!shares || !Object.hasOwn((await rowsIn(shares))[0] ?? { ShareLink: '' }, 'ShareLink')) return null
      const profile = fileCalled(opened.files, 'Profile.csv')
      const { 'First Name': first = '', 'Last Name': last = '' } = (profile && (await rowsIn(profile))[0]) ?? {}
      const name = `${first} ${last}`.trim()
      return name ? { name } : {}
    } finally {
      await opened.close()
    }
  },
  read: (run) =>
    readArchives(run, async (files) => {
      const file = fileCalled(files, 'Shares.csv')
      if (!file) throw new ConnectorError('refused', 'This is no export of LinkedIn: it has no Shares.csv')
      const { name = '', profile = null } = run.settings
      return {
        items: await rowsIn(file),
        parse(item) {
          const { data } = Share.safeParse(item)
          return data && audienceOf(data.Visibility) === null ? null : parse(item, { name, profile })
        },
      }
    }),
}
