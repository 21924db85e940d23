import {
  AppBskyEmbedExternal,
  AppBskyEmbedGallery,
  AppBskyEmbedImages,
  AppBskyEmbedRecord,
  AppBskyEmbedRecordWithMedia,
  AppBskyEmbedVideo,
  AppBskyFeedDefs,
  AppBskyFeedPost,
  AppBskyGraphDefs,
  AppBskyLabelerDefs,
  type ComAtprotoLabelDefs,
} from '@atproto/api'
import type { Card, Media } from '#db/post'
import { pageOf, webAddress } from './links.ts'

/** An embed as the AppView shows it: an open union, so that any `$type` may come. */
export type EmbedView = NonNullable<AppBskyFeedDefs.PostView['embed']>
export type QuotedView = AppBskyEmbedRecord.View['record']

export type Embedded = {
  media: Media[]
  card: Card | null
  /** What was quoted, in whatever state. */
  quoted: QuotedView | null
  /** Labels on the page that a card leads to. */
  linkedLabels: ComAtprotoLabelDefs.Label[]
  /** What cannot be drawn, as a sentence. */
  unsupported: string | null
}

const NOTHING: Embedded = { media: [], card: null, quoted: null, linkedLabels: [], unsupported: null }
const HLS = 'application/vnd.apple.mpegurl'

/**
 * What a post shows beside its text. `recordType` is the `$type` of the embed in the record: what the AppView does not
 * know it leaves out of the view, and then only the record says that there was something.
 * https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky/embed
 */
export function readEmbed(view: EmbedView | undefined, recordType?: string): Embedded {
  if (!view) return recordType ? unsupported(recordType) : NOTHING
  if (AppBskyEmbedImages.isView(view)) return { ...NOTHING, media: view.images.map((image) => imageOf(image, image.thumb)) }
  if (AppBskyEmbedGallery.isView(view)) {
    const images = view.items.filter((item) => AppBskyEmbedGallery.isViewImage(item))
    const strange = view.items.find((item) => !AppBskyEmbedGallery.isViewImage(item))
    const media = images.map((image) => imageOf(image, image.thumbnail))
    return { ...(strange ? unsupported(strange.$type) : NOTHING), media }
  }
  if (AppBskyEmbedVideo.isView(view)) return { ...NOTHING, media: [videoOf(view)] }
  if (AppBskyEmbedExternal.isView(view)) return externalOf(view.external)
  if (AppBskyEmbedRecord.isView(view)) return recordOf(view.record)
  if (AppBskyEmbedRecordWithMedia.isView(view)) {
    const [record, beside] = [recordOf(view.record.record), readEmbed(view.media)]
    return {
      ...record,
      ...beside,
      quoted: record.quoted,
      card: beside.card ?? record.card,
      unsupported: beside.unsupported ?? record.unsupported,
    }
  }
  return unsupported(view.$type)
}

type Shape = { alt?: string; aspectRatio?: { width: number; height: number } }

function imageOf(image: Shape & { fullsize: string }, preview: string): Media {
  return mediaOf(image, { kind: 'image', url: webAddress(image.fullsize), preview: webAddress(preview) })
}

/** Captions are tracks of the playlist. */
function videoOf(video: AppBskyEmbedVideo.View): Media {
  const kind = video.presentation === 'gif' ? 'gifv' : 'video'
  return mediaOf(video, { kind, url: webAddress(video.playlist), preview: webAddress(video.thumbnail), mimeType: HLS })
}

/** The aspect ratio stands for the size, which Bluesky does not tell: it is all that a page needs to keep the place. */
function mediaOf({ alt, aspectRatio }: Shape, media: Pick<Media, 'kind' | 'url' | 'preview'> & Partial<Media>): Media {
  const { width = null, height = null } = aspectRatio ?? {}
  return {
    mimeType: null,
    durationSeconds: null,
    bytes: null,
    title: null,
    captions: [],
    alt: alt?.trim() || null,
    width,
    height,
    ...media,
  }
}

function externalOf(external: AppBskyEmbedExternal.ViewExternal): Embedded {
  const url = webAddress(external.uri)
  if (!url) return { ...NOTHING, unsupported: 'Unsupported link' }
  const card: Card = {
    kind: 'link',
    url,
    title: external.title,
    description: external.description,
    image: webAddress(external.thumb),
    site: external.source?.title || new URL(url).hostname.replace(/^www\./, ''),
    authors: (external.associatedProfiles ?? []).map(nameOf),
    readingMinutes: external.readingTime ?? null,
    ...(external.createdAt && { publishedAt: external.createdAt }),
    ...(external.updatedAt && { updatedAt: external.updatedAt }),
  }
  return { ...NOTHING, card, linkedLabels: external.labels ?? [] }
}

/** What a record embed leads to: a feed, list, labeler or starter pack is a card, anything else is quoted. */
function recordOf(record: QuotedView): Embedded {
  const card = (
    kind: Card['kind'],
    title: string,
    of: { uri: string; creator: Named },
    description?: unknown,
    image?: string,
  ): Embedded => {
    const url = pageOf(of.uri)
    if (!url) return unsupported(record.$type)
    const described = typeof description === 'string' ? description : ''
    const authors = [nameOf(of.creator)]
    return {
      ...NOTHING,
      card: { kind, url, title, description: described, image: webAddress(image), site: 'bsky.app', authors, readingMinutes: null },
    }
  }
  if (AppBskyFeedDefs.isGeneratorView(record)) return card('feed', record.displayName, record, record.description, record.avatar)
  if (AppBskyGraphDefs.isListView(record)) return card('list', record.name, record, record.description, record.avatar)
  if (AppBskyLabelerDefs.isLabelerView(record)) {
    return card('labeler', nameOf(record.creator), record, record.creator.description, record.creator.avatar)
  }
  if (AppBskyGraphDefs.isStarterPackViewBasic(record)) {
    const { name, description } = record.record
    return card('starter-pack', typeof name === 'string' ? name : '', record, description)
  }
  if (AppBskyEmbedRecord.isViewRecord(record) && !AppBskyFeedPost.isRecord(record.value)) return unsupported(String(record.value.$type))
  const { isViewRecord, isViewNotFound, isViewBlocked, isViewDetached } = AppBskyEmbedRecord
  const known = [isViewRecord, isViewNotFound, isViewBlocked, isViewDetached].some((is) => is(record))
  return known ? { ...NOTHING, quoted: record } : unsupported(record.$type)
}

type Named = { handle: string; displayName?: string }

function nameOf({ displayName, handle }: Named): string {
  return displayName?.trim() || handle
}

/** `app.bsky.embed.audioSpace#view` → "Unsupported audio space". */
function unsupported(type: string): Embedded {
  const [nsid = '', fragment = ''] = type.split('#')
  const word = /^(view|main)?$/.test(fragment) ? nsid.slice(nsid.lastIndexOf('.') + 1) : fragment.replace(/^view|View$/g, '')
  return { ...NOTHING, unsupported: `Unsupported ${word.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()}` }
}
