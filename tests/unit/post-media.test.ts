import { describe, expect, test } from 'vitest'
import { fromHtml, nameWithEmojis } from '#connectors/html'
import { playlistAt } from '#lib/media/hls-playlist'
import { partAddress, readMediaAddress } from '#lib/media/media-address'
import { mediaTypeOf } from '#lib/media/media-type'
import { mediaOf, withMediaAt, withoutMediaUnasked } from '#lib/media/post-media'
import { aPost } from '#tests/support/post'
import { bob, image, quoted } from '#tests/support/shapes'

const at = (name: string) => `https://far.example/${name}?a=1&b=2`
const emoji = (name: string) => [{ shortcode: name, url: at(name) }]
const person = (name: string) => ({ ...bob, avatar: at(`${name}-avatar`), nameHtml: nameWithEmojis(`:${name}:`, emoji(name)) })
const medium = (name: string) =>
  image({ url: at(name), preview: at(`${name}-small`), captions: [{ language: 'en', url: at(`${name}-words`) }] })

/** A post that names media wherever one can. */
const full = {
  ...aPost('full', {
    author: person('author'),
    html: fromHtml(`<p>:body: <img src="${at('inline')}" alt=""></p>`, { emojis: emoji('body') }),
    warningHtml: nameWithEmojis(':warning:', emoji('warning')),
    media: [medium('picture'), image({ kind: 'file', url: at('file'), preview: null })],
    card: { kind: 'link', url: at('page'), title: '', description: '', image: at('card'), site: '', authors: [], readingMinutes: null },
    poll: {
      options: [{ text: '', html: nameWithEmojis(':option:', emoji('option')), votes: 1 }],
      multiple: false,
      voters: null,
      closesAt: null,
    },
    quote: {
      ...quoted,
      author: person('quoted'),
      html: fromHtml(':quote:', { emojis: emoji('quote') }),
      media: [medium('quoted-picture')],
    },
    share: { externalId: 's', by: person('sharer'), at: '' },
    reactions: [{ emoji: ':r:', image: at('reaction'), count: 1 }],
  }),
  sightings: [{ share: { externalId: 't', by: person('other'), at: '' } }],
}

describe('the media of a post', () => {
  test('are moved wherever a post names them; what is only linked stays', () => {
    const moved = JSON.stringify(withMediaAt({ ...full, warningHtml: full.warningHtml ?? null }, () => '/media/1/x'))
    expect(moved.match(/far\.example\/[\w-]+/g)).toEqual(['far.example/file', 'far.example/page'])
  })

  test('are each known to the proxy by the very address that the platform gave', () => {
    const names = [...mediaOf({ ...full, warningHtml: full.warningHtml ?? null })].map(
      (url) => /far\.example\/([\w-]+)\?a=1&b=2$/.exec(url)?.[1],
    )
    expect(names).not.toContain(undefined)
    expect(names.toSorted()).toEqual(
      ['author', 'author-avatar', 'body', 'card', 'inline', 'option', 'other', 'other-avatar', 'picture', 'picture-small', 'picture-words']
        .concat(['quote', 'quoted', 'quoted-avatar', 'quoted-picture', 'quoted-picture-small', 'quoted-picture-words'])
        .concat(['reaction', 'sharer', 'sharer-avatar', 'warning']),
    )
  })

  test('for who wants none unasked, nothing is left that loads by itself', () => {
    const bare = withoutMediaUnasked({ ...full, warningHtml: full.warningHtml ?? null })
    expect(JSON.stringify({ ...bare, media: [], quote: { ...bare.quote, media: [] } })).not.toMatch(/far\.example\/(?!page)/)
    expect(bare.media[0]?.url).toBe(at('picture'))
  })
})

describe('a playlist', () => {
  test('leads every part to us, and to no key and no other scheme', () => {
    const text =
      '#EXTM3U\r\n#EXT-X-KEY:METHOD=AES-128,URI="https://k.example/"\n#EXT-X-MAP:URI="a/init.mp4"\n#EXTINF:4,\n../b.ts?x=1\nfile:///etc/passwd\n'
    const asked: string[] = []
    const moved = playlistAt(text, 'https://v.example/c/list.m3u8', (url) => `/m/${asked.push(url)}`)
    expect(asked).toEqual(['https://v.example/c/a/init.mp4', 'https://v.example/b.ts?x=1'])
    expect(moved).toBe('#EXTM3U\n#EXT-X-MAP:URI="/m/1"\n#EXTINF:4,\n/m/2\n\n')
  })

  test('signs each part for one post: neither another post nor another part is fetched with it', () => {
    const path = partAddress('key', 7, 'https://v.example/b.ts')
    expect(readMediaAddress('key', path)).toEqual({ postId: 7, url: 'https://v.example/b.ts' })
    expect(readMediaAddress('key', path.replace('/7/', '/8/'))).toBeNull()
    expect(readMediaAddress('other key', path)).toBeNull()
    expect(readMediaAddress('key', `${path}AA`)).toBeNull()
  })
})

test.each([
  ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
  ['\uFEFF<?xml version="1.0"?>\n<!-- a --><!DOCTYPE svg PUBLIC "x"><svg>', 'image/svg+xml'],
  ['GIF89a....', 'image/gif'],
  ['WEBVTT\n\n', 'text/vtt'],
  ['#EXTM3U\n', 'application/vnd.apple.mpegurl'],
  ['\0\0\0\x18styp....', 'video/mp4'],
  ['<html><svg>', undefined],
  ['%PDF-1.7', undefined],
  ['{"a":1}', undefined],
])('what begins with %j is %s', async (bytes, mime) => {
  expect((await mediaTypeOf(Buffer.from(bytes, 'utf8')))?.mime).toBe(mime)
})
