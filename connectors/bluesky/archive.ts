import { readFile } from 'node:fs/promises'
import { fromUint8Array as carOf } from '@atcute/car'
import { decode } from '@atcute/cbor'
import { toString as cidText } from '@atcute/cid'
import { fromUint8Array, isCommit } from '@atcute/repo'
import { z } from 'zod'
import { optionsOf, readArchives } from '../archive-items.ts'
import type { Archive } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { parse } from './parse.ts'
import { Settings } from './settings.ts'

/**
 * An account's repository, as "Export my data" gives it: a CAR file of signed records (https://atproto.com/specs/repository).
 * It holds what the account wrote, and names what it passed on, quoted or answered without holding it.
 */
export const archive: Archive<Settings> = {
  usage: 'bluesky <repo.car> [--handle ada.example.org]',
  settings(options) {
    const { author, handle } = optionsOf(Options, options, 'A repository of Bluesky takes --handle')
    return Settings.parse({ author, ...(handle && { handle: handle.replace(/^@/, '').toLowerCase() }) })
  },
  async recognise([path = '']) {
    if (!/\.car$/i.test(path)) return null
    const bytes = await readFile(path).catch(() => null)
    return bytes && { author: didOf(bytes, path) }
  },
  read: (run) =>
    readArchives(run, async ([file], path) => {
      const bytes = (await file?.read()) ?? Buffer.alloc(0)
      const did = didOf(bytes, path)
      const records = recordsIn(bytes, path)
      const profile = Profile.safeParse(records.find(({ collection }) => collection === 'app.bsky.actor.profile')?.record).data
      const author = {
        did,
        handle: run.settings.handle ?? 'handle.invalid',
        displayName: profile?.displayName,
        avatar: profile?.avatar && pictureAt('avatar', did, profile.avatar),
        // What the account asks of who shows it stands in its profile, and in no post.
        labels: profile?.labels.map((val) => ({ src: did, uri: did, val, cts: '' })),
      }
      const items = records
        .filter(({ collection }) => collection === 'app.bsky.feed.post')
        .map(({ rkey, cid, record }) => {
          const { createdAt } = Dated.parse(record)
          const uri = `at://${did}/app.bsky.feed.post/${rkey}`
          return { post: { uri, cid, author, record, indexedAt: createdAt, embed: viewOf(record, did) } }
        })
      return { items, parse }
    }),
}

const Options = z.strictObject({ author: z.string({ error: 'is read from the file' }), handle: z.string().optional() })

const Dated = z.object({ createdAt: z.string().catch('1970-01-01T00:00:00Z') }).catch({ createdAt: '1970-01-01T00:00:00Z' })

/** A blob by its hash, as records of today and of before 2023 name it. */
const Blob = z.union([
  z.object({ ref: z.object({ $link: z.string() }) }).transform(({ ref }) => ref.$link),
  z.object({ cid: z.string() }).transform(({ cid }) => cid),
])
const Profile = z.object({
  displayName: z.string().optional().catch(undefined),
  avatar: Blob.optional().catch(undefined),
  labels: z
    .object({ values: z.array(z.object({ val: z.string() })) })
    .transform(({ values }) => values.map(({ val }) => val))
    .catch([]),
})

type RecordIn = { collection: string; rkey: string; cid: string; record: unknown }

function recordsIn(bytes: Uint8Array, path: string): RecordIn[] {
  try {
    // JSON's shape of links, without the getters that a decoder hands over.
    return [...fromUint8Array(bytes)].map(({ collection, rkey, cid, record }) => ({
      ...{ collection, rkey, cid: cid.$link },
      record: JSON.parse(JSON.stringify(record)),
    }))
  } catch (error) {
    throw new ConnectorError('malformed', `${path} is no whole repository: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
}

/** Whose repository it is, as its commit says. */
function didOf(bytes: Uint8Array, path: string): string {
  try {
    const car = carOf(bytes)
    const [root] = car.roots
    for (const entry of car) {
      if (cidText(entry.cid) !== root?.$link) continue
      const commit = decode(entry.bytes)
      if (isCommit(commit)) return commit.did
    }
  } catch {
    // Said below.
  }
  throw new ConnectorError('malformed', `${path} is no repository of Bluesky`)
}

const Shape = z.object({ width: z.number(), height: z.number() }).optional().catch(undefined)
const Images = z.object({ images: z.array(z.object({ image: Blob, alt: z.string().catch(''), aspectRatio: Shape })) })
const External = z.object({
  external: z.object({ uri: z.string(), title: z.string(), description: z.string(), thumb: Blob.optional().catch(undefined) }),
})
const Video = z.object({ video: Blob, alt: z.string().optional().catch(undefined), aspectRatio: Shape })
const WithMedia = z.object({ media: z.unknown() })

/** What the AppView would make of the embed, as far as the record tells: what somebody else said is not in it. */
function viewOf(record: unknown, did: string) {
  const embed = z.object({ embed: z.looseObject({ $type: z.string() }) }).safeParse(record).data?.embed
  return embed && mediaView(embed, did)
}

function mediaView(embed: unknown, did: string): object | undefined {
  const type = z.object({ $type: z.string() }).safeParse(embed).data?.$type
  if (type === 'app.bsky.embed.images') {
    const { images } = Images.parse(embed)
    const pictures = images.map(({ image, ...rest }) => ({
      ...rest,
      thumb: pictureAt('feed_thumbnail', did, image),
      fullsize: pictureAt('feed_fullsize', did, image),
    }))
    return { $type: `${type}#view`, images: pictures }
  }
  if (type === 'app.bsky.embed.external') {
    const { external } = External.parse(embed)
    return { $type: `${type}#view`, external: { ...external, thumb: external.thumb && pictureAt('feed_thumbnail', did, external.thumb) } }
  }
  if (type === 'app.bsky.embed.video') {
    const { video, ...rest } = Video.parse(embed)
    const at = `https://video.bsky.app/watch/${encodeURIComponent(did)}/${video}`
    return { $type: `${type}#view`, cid: video, playlist: `${at}/playlist.m3u8`, thumbnail: `${at}/thumbnail.jpg`, ...rest }
  }
  return type === 'app.bsky.embed.recordWithMedia' ? mediaView(WithMedia.parse(embed).media, did) : undefined
}

/** Where the network keeps pictures: https://github.com/bluesky-social/atproto/blob/main/packages/bsky/src/image/uri.ts */
function pictureAt(preset: 'avatar' | 'feed_thumbnail' | 'feed_fullsize', did: string, cid: string): string {
  return `https://cdn.bsky.app/img/${preset}/plain/${did}/${cid}@jpeg`
}
