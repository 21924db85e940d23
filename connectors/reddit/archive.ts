import { z } from 'zod'
import type { Post } from '#db/post'
import { openArchive } from '../archive-files.ts'
import { fileCalled, optionsOf, readArchives } from '../archive-items.ts'
import type { Archive, Recognised } from '../contract.ts'
import { rowsIn } from '../csv.ts'
import { fromText, toText } from '../html.ts'
import { ConnectorError } from '../trouble.ts'
import { REST } from './entry.ts'
import { parse } from './parse.ts'
import { personOf, SITE } from './person.ts'
import { Settings } from './settings.ts'

/**
 * "Request your data": a zip of tables, of which `posts.csv` and `comments.csv` hold what was said, and `statistics.csv` by
 * whom. They do not say which subreddits are private, so that who imports names those that are to be read. The addresses
 * (`ip`) in them are not even looked at.
 */
export const archive: Archive<Settings> = {
  usage: 'reddit <export.zip or its folder> --subreddits hpc,slurm [--account ada]',
  settings(options) {
    const { account, subreddits } = optionsOf(Options, options, 'An export of Reddit takes --subreddits and --account')
    return Settings.parse({ subreddit: subreddits.join('+'), username: account })
  },
  async recognise(paths): Promise<Recognised> {
    const opened = await openArchive(paths[0] ?? '', { wanted: (name) => /\.csv$/i.test(name) })
    try {
      const posts = fileCalled(opened.files, 'posts.csv') ?? fileCalled(opened.files, 'comments.csv')
      if (!posts || !/^\uFEFF?id,permalink,date/.test((await posts.read()).subarray(0, 100).toString('utf8'))) return null
      const statistics = fileCalled(opened.files, 'statistics.csv')
      const rows = statistics ? await rowsIn(statistics) : []
      const account = rows.find(({ statistic }) => statistic === 'account name')?.value
      return account ? { account } : {}
    } finally {
      await opened.close()
    }
  },
  read: (run) =>
    readArchives(run, async (files) => {
      const { subreddit = '', username: account = '' } = run.settings
      const wanted = subreddit.split('+')
      const [posts, comments] = [fileCalled(files, 'posts.csv'), fileCalled(files, 'comments.csv')]
      if (!posts && !comments) throw new ConnectorError('refused', 'This is no export of Reddit: it has no posts.csv and no comments.csv')
      const rows = async (file: typeof posts, kind: string) => (file ? (await rowsIn(file)).map((row) => ({ kind, row })) : [])
      const items = [...(await rows(posts, 'post')), ...(await rows(comments, 'comment'))].filter(
        ({ row }) => wanted.includes((row.subreddit ?? '').toLowerCase()) && !isEmpty(row),
      )
      return {
        items,
        parse(item) {
          const { kind, row } = Item.parse(item)
          return kind === 'post' ? postOf(PostRow.parse(row), account) : commentOf(CommentRow.parse(row), account)
        },
      }
    }),
}

const Options = z.strictObject({
  account: z.string({ error: 'is missing: the name of the account' }).transform((name) => name.replace(/^\/?u\//, '')),
  subreddits: z.string({ error: 'is missing: which subreddits are public and are to be read, such as hpc,slurm' }).transform((list) =>
    list
      .split(',')
      .map((name) => name.trim().replace(/^\/?r\//i, ''))
      .filter(Boolean),
  ),
})

const Item = z.object({ kind: z.enum(['post', 'comment']), row: z.unknown() })
const Said = z.object({
  id: z.string().regex(/^\w+$/),
  permalink: z.string(),
  date: z.string(),
  subreddit: z.string(),
  body: z.string().default(''),
})
const PostRow = Said.extend({ title: z.string(), url: z.string().default('') })
const CommentRow = Said.extend({ link: z.string().default(''), parent: z.string().default('') })

/** What was deleted on Reddit stays in the table without its text. */
function isEmpty({ title = '', body = '' }: { [column: string]: string }): boolean {
  return title.trim() === '' && (body.trim() === '' || /^\[(deleted|removed)\]$/.test(body.trim()))
}

/** `2026-11-22 18:42:08 UTC` */
function timeOf(written: string): Date {
  const at = new Date(written.trim().replace(/^(\S+) (\S+) UTC$/, '$1T$2Z'))
  if (Number.isNaN(at.getTime())) throw new Error(`“${written}” is no time`)
  return at
}

function pageOf(permalink: string): string {
  return new URL(new URL(permalink, SITE).pathname, SITE).href
}

/** A post as the API would send it; its text is written in Markdown there, of which the paragraphs and links are kept. */
function postOf({ id, permalink, date, subreddit, title, url, body }: z.infer<typeof PostRow>, account: string): Post {
  const isSelf = url === '' || pageOf(url) === pageOf(permalink)
  const data = {
    name: `t3_${id}`,
    title,
    author: account,
    subreddit,
    permalink: new URL(pageOf(permalink)).pathname,
    created_utc: timeOf(date).getTime() / 1000,
    is_self: isSelf,
    selftext: body,
    selftext_html: `<div class="md">${fromText(body)}</div>`,
    ...(!isSelf && { url: new URL(url, SITE).href, domain: new URL(url, SITE).host }),
  }
  return parse({ kind: 't3', data }, { subreddit })
}

function commentOf({ id, permalink, date, subreddit, link, parent, body }: z.infer<typeof CommentRow>, account: string): Post {
  const html = fromText(body)
  const thread = /\/comments\/(\w+)/.exec(link || permalink)?.[1]
  return {
    ...REST,
    externalId: `t1_${id}`,
    url: pageOf(permalink),
    author: personOf(account, SITE),
    place: `r/${subreddit}`,
    badges: [],
    title: null,
    html,
    text: toText(html),
    contentWarning: null,
    sensitive: false,
    media: [],
    card: null,
    poll: null,
    quote: null,
    replyTo: {
      state: 'unknown',
      externalId: parent ? `t1_${parent}` : thread ? `t3_${thread}` : null,
      url: link ? pageOf(link) : null,
      author: null,
      text: null,
      rootExternalId: thread ? `t3_${thread}` : null,
    },
    replyCount: null,
    publishedAt: timeOf(date),
    editedAt: null,
  }
}
