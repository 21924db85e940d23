import { z } from 'zod'
import { openArchive } from '../archive-files.ts'
import { fileCalled, jsonIn, optionsOf, readArchives } from '../archive-items.ts'
import type { Archive } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { consentTo } from './consent.ts'
import { parse } from './parse.ts'
import { Settings } from './settings.ts'

/**
 * An account's own archive ("Request your archive"): `actor.json` and `outbox.json`, ActivityPub as the server keeps it. Boosts
 * name what they boost and do not hold it, so that only the account's own posts come of it; media are in the archive as files,
 * and have no address.
 */
export const archive: Archive<Settings> = {
  usage: 'mastodon <archive.tar.gz, .zip or its folder> [--account ada@example.org]',
  settings: (options) => Settings.parse({ account: optionsOf(Options, options, 'An archive of Mastodon takes --account').account }),
  async recognise(paths) {
    const opened = await openArchive(paths[0] ?? '', { wanted: isOurs })
    try {
      const file = fileCalled(opened.files, 'actor.json')
      if (!file || !fileCalled(opened.files, 'outbox.json')) return null
      const { id, preferredUsername } = await jsonIn(file, Actor)
      return { account: `${preferredUsername}@${new URL(id).host}` }
    } finally {
      await opened.close()
    }
  },
  read: (run) =>
    readArchives(run, async (files) => {
      const [actorFile, outboxFile] = [fileCalled(files, 'actor.json'), fileCalled(files, 'outbox.json')]
      if (!actorFile || !outboxFile)
        throw new ConnectorError('refused', 'This is no archive of Mastodon: it has no actor.json and outbox.json')
      const [actor, outbox] = [await jsonIn(actorFile, Actor), await jsonIn(outboxFile, Outbox)]
      const server = new URL(actor.id).origin
      // Addresses may have another host than the server: who imports can say it.
      const [, domain] = run.settings.account?.split('@') ?? []
      const context = { server, domain }
      const items = outbox.orderedItems
      return {
        items,
        parse(item) {
          const status = statusOf(item, actor)
          if (!status || consentTo(status, { domain: domain ?? new URL(server).host }) === 'no') return null
          return parse(status, { ...context, uris: status.inReplyToId ? { [status.inReplyToId]: status.inReplyToId } : {} })
        },
      }
    }),
}

const Options = z.strictObject({ account: z.string({ error: 'is missing: user@server' }) })
const isOurs = (name: string) => /(^|\/)(actor|outbox)\.json$/.test(name)

const word = z.string().nullish().catch(null)
const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]).catch([])
const Picture = z.object({ url: word }).nullish().catch(null)
const Tag = z.object({ type: z.string(), name: word, href: word, icon: Picture }).nullable().catch(null)

const Actor = z.object({
  id: z.url(),
  preferredUsername: z.string(),
  name: word,
  summary: word,
  url: word,
  icon: Picture,
  attachment: z.array(z.object({ name: word, value: word })).catch([]),
  tag: z.array(Tag).catch([]),
  indexable: z.boolean().optional().catch(undefined),
})
type Actor = z.infer<typeof Actor>

const Outbox = z.object({ orderedItems: z.array(z.unknown()) })

const Note = z.object({
  id: z.string(),
  published: z.string(),
  updated: word,
  content: word,
  contentMap: z.record(z.string(), z.string()).nullish().catch(null),
  summary: word,
  sensitive: z.boolean().catch(false),
  url: word,
  inReplyTo: word,
  to: list,
  cc: list,
  tag: z.array(Tag).catch([]),
  attachment: z
    .array(z.object({ mediaType: word, url: word, name: word, width: z.number().nullish(), height: z.number().nullish() }))
    .catch([]),
})

const Activity = z.object({ type: z.string(), object: z.unknown() })

const EVERYBODY = ['https://www.w3.org/ns/activitystreams#Public', 'as:Public', 'Public']

/** An activity as the client library would hand over its status; null for what is no post of the account's own. */
function statusOf(item: unknown, actor: Actor) {
  const { type, object } = Activity.parse(item)
  if (type !== 'Create' || typeof object === 'string') return null
  const note = Note.parse(object)
  const isFor = (readers: string[]) => readers.some((one) => EVERYBODY.includes(one))
  const tags = note.tag.filter((tag) => tag !== null)
  return {
    id: note.id,
    uri: note.id,
    url: note.url,
    createdAt: note.published,
    editedAt: note.updated ?? null,
    content: note.content ?? '',
    spoilerText: note.summary ?? '',
    sensitive: note.sensitive,
    language: Object.keys(note.contentMap ?? {})[0] ?? null,
    visibility: isFor(note.to) ? 'public' : isFor(note.cc) ? 'unlisted' : 'private',
    account: accountOf(actor),
    inReplyToId: note.inReplyTo ?? null,
    inReplyToAccountId: note.inReplyTo?.startsWith(`${actor.id}/`) ? actor.id : null,
    tags: tags.filter((tag) => tag.type === 'Hashtag').map(({ name }) => ({ name: (name ?? '').replace(/^#/, '') })),
    emojis: emojisOf(tags),
    mentions: [],
    mediaAttachments: note.attachment.map(({ mediaType, url, name, width, height }) => ({
      type: mediaType?.split('/')[0] ?? 'unknown',
      url: url && /^https?:/.test(url) ? url : null,
      description: name,
      meta: { original: { width, height } },
    })),
  }
}

function accountOf({ id, preferredUsername, name, summary, url, icon, attachment, tag }: Actor) {
  return {
    id,
    acct: preferredUsername,
    username: preferredUsername,
    displayName: name ?? '',
    url: url ?? id,
    avatar: icon?.url && /^https?:/.test(icon.url) ? icon.url : null,
    // What its author asks of programs like this one stands there.
    note: summary ?? '',
    fields: attachment.map((field) => ({ name: field.name ?? '', value: field.value ?? '' })),
    emojis: emojisOf(tag.filter((one) => one !== null)),
  }
}

function emojisOf(tags: NonNullable<z.infer<typeof Tag>>[]) {
  return tags.flatMap(({ type, name, icon }) =>
    type === 'Emoji' && icon?.url && /^https?:/.test(icon.url)
      ? [{ shortcode: (name ?? '').replaceAll(':', ''), url: icon.url, staticUrl: icon.url }]
      : [],
  )
}
