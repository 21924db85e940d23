import { z } from 'zod'
import { type ArchiveFile, openArchive } from '../archive-files.ts'
import { fileCalled, optionsOf, readArchives } from '../archive-items.ts'
import type { Archive } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { type Account, isRetweet, parse } from './archived.ts'
import { Settings } from './settings.ts'

/**
 * "Your X archive": scripts that each set a part of a page's data, `window.YTD.tweets.part0 = […]`, in the folder `data`. Who
 * protects their posts shows them to those whom they let in, so that nothing is taken of such an account.
 */
export const archive: Archive<Settings> = {
  usage: 'x <twitter-….zip or its folder>',
  settings: (options) => optionsOf(Settings, options, 'An archive of X says itself whose it is'),
  async recognise(paths) {
    const opened = await openArchive(paths[0] ?? '', { wanted: isOurs })
    try {
      if (!fileCalled(opened.files, 'account.js') || !opened.files.some(({ name }) => POSTS.test(name))) return null
      return { account: (await accountIn(opened.files)).username }
    } finally {
      await opened.close()
    }
  },
  read: (run) =>
    readArchives(run, async (files) => {
      const account = await accountIn(files)
      await refuseProtected(files)
      const parts = files.filter(({ name }) => POSTS.test(name)).sort((one, other) => partOf(one) - partOf(other))
      const items: unknown[] = []
      for (const part of parts) for (const { tweet } of await dataIn(part, Part)) items.push(tweet)
      return { items, parse: (item) => (isRetweet(item) ? null : parse(item, account)) }
    }),
}

const POSTS = /(^|\/)tweets?(-part\d+)?\.js$/
const isOurs = (name: string) => POSTS.test(name) || /(^|\/)(account|profile|protected-history)\.js$/.test(name)

const Part = z.array(z.object({ tweet: z.unknown() }))
const Accounts = z.tuple([
  z.object({ account: z.object({ username: z.string(), accountId: z.string(), accountDisplayName: z.string().catch('') }) }),
])
const Profiles = z.tuple([z.object({ profile: z.object({ avatarMediaUrl: z.url({ protocol: /^https$/ }) }) })])
const Protections = z.array(z.object({ protectedHistory: z.object({ protectedAt: z.string().optional(), action: z.string() }) }))

/** The first part has no number. */
function partOf({ name }: ArchiveFile): number {
  return Number(/-part(\d+)\.js$/.exec(name)?.[1] ?? 0)
}

async function accountIn(files: ArchiveFile[]): Promise<Account> {
  const file = fileCalled(files, 'account.js')
  if (!file) throw new ConnectorError('refused', 'This is no archive of X: it has no data/account.js')
  const [{ account }] = await dataIn(file, Accounts)
  const profile = fileCalled(files, 'profile.js')
  const avatar = profile
    ? await dataIn(profile, Profiles).then(
        ([one]) => one.profile.avatarMediaUrl,
        () => null,
      )
    : null
  return { id: account.accountId, username: account.username, name: account.accountDisplayName || account.username, avatar }
}

async function refuseProtected(files: ArchiveFile[]): Promise<void> {
  const file = fileCalled(files, 'protected-history.js')
  const history = file ? await dataIn(file, Protections) : []
  const [last] = history
    .map(({ protectedHistory }) => protectedHistory)
    .sort((one, other) => (other.protectedAt ?? '').localeCompare(one.protectedAt ?? ''))
  if (last && /^protect/i.test(last.action))
    throw new ConnectorError('refused', 'The posts of this account are protected: nothing of it is taken')
}

/** The data that a script sets. Throws `malformed`. */
async function dataIn<T extends z.ZodType>(file: ArchiveFile, shape: T): Promise<z.infer<T>> {
  const text = (await file.read()).toString('utf8')
  try {
    return shape.parse(JSON.parse(text.slice(text.indexOf('=') + 1)))
  } catch (error) {
    throw new ConnectorError('malformed', `${file.name} is not what an archive of X has there`, { cause: error })
  }
}
