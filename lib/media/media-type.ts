import { fileTypeFromBuffer } from 'file-type'

/** What the proxy passes on, by what a browser does with it. */
export type Shown = 'image' | 'film' | 'sound' | 'captions' | 'playlist'
export type MediaType = { mime: string; shown: Shown }

/** As many bytes as are needed to tell. */
export const TELLING_BYTES = 4100

/** Formats that browsers draw or play; anything else is no business of a timeline, whatever its sender calls it. */
const ALLOWED: Record<string, Shown> = {
  ...Object.fromEntries(['jpeg', 'png', 'apng', 'gif', 'webp', 'avif', 'bmp', 'x-icon'].map((name) => [`image/${name}`, 'image'])),
  ...Object.fromEntries(['mp4', 'webm', 'quicktime', 'mp2t', 'x-m4v', 'ogg'].map((name) => [`video/${name}`, 'film'])),
  ...Object.fromEntries(['mpeg', 'mp4', 'ogg', 'opus', 'aac', 'flac', 'x-flac', 'wav', 'x-m4a'].map((name) => [`audio/${name}`, 'sound'])),
  'text/vtt': 'captions',
}

/**
 * What bytes are, by themselves: the sender's word for them is not asked. null for what is not passed on: pages,
 * scripts, archives, and all that is not recognised.
 */
export async function mediaTypeOf(beginning: Uint8Array): Promise<MediaType | null> {
  const text = new TextDecoder('utf-8')
    .decode(beginning.subarray(0, 1024))
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (text.startsWith('#EXTM3U')) return { mime: 'application/vnd.apple.mpegurl', shown: 'playlist' }
  const root = text.replace(/<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE svg[^>]*>/gis, '').trimStart()
  if (/^<svg[\s>]/i.test(root)) return { mime: 'image/svg+xml', shown: 'image' }
  // A later piece of a film in parts begins with no `ftyp` (ISO/IEC 14496-12, "segment").
  if (/^(styp|moof|sidx)$/.test(Buffer.from(beginning.subarray(4, 8)).toString('latin1'))) return { mime: 'video/mp4', shown: 'film' }
  const mime = (await fileTypeFromBuffer(beginning))?.mime.replace(/;.*/, '')
  const shown = mime && ALLOWED[mime]
  return mime && shown ? { mime, shown } : null
}
