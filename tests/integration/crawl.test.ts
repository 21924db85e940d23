import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { db } from '#db/client'
import { indexPosts } from '#db/index-posts'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { mediaAddress } from '#lib/media/media-address'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { watch } from '#tests/support/live'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { type Program, startProgram } from '#tests/support/program'
import { serve } from '#tests/support/server'
import { image } from '#tests/support/shapes'
import { type Got, get } from '#tests/support/web'

/**
 * Whoever wanders through a running program without being known, from link to link and through all that pages name, finds
 * none of three things that only members may know: one in a text, one in an author's name, one in a link. The owner finds them.
 */
const database = testDatabase()
const SECRETS = { text: 'zaunkoenig', author: 'eisvogel', link: 'wiedehopf' }
const NEEDLE = new RegExp(Object.values(SECRETS).join('|'), 'i')
/** More than there is to be found here; a trap of endless addresses ends. */
const MOST = 700
/** Besides where the first page leads. */
const BEGINNINGS = [
  '/',
  '/robots.txt',
  '/feed.json',
  '/rss.xml',
  '/atom.xml',
  '/digest.xml',
  '/status.json',
  '/api/posts',
  '/api/sources',
  '/metrics',
]
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==', 'base64')
const folder = mkdtempSync(join(tmpdir(), 'backplane-crawl-'))
const now = Date.now()
let pictures: Awaited<ReturnType<typeof serve>>
let program: Program
let found: Map<string, Got>
let wire = ''
let planted: number[] = []
let rack = ''

beforeAll(async () => {
  await builtPages()
  pictures = await serve({ '*': { headers: { 'content-type': 'image/png' }, body: Buffer.concat([PIXEL, Buffer.from(SECRETS.text)]) } })
  rack = `${pictures.origin}/rack.png`
  const sourcesFile = join(folder, 'sources.yaml')
  writeFileSync(sourcesFile, '')
  program = await startProgram({
    env: { DATABASE_URL: database.url, SOURCES: sourcesFile, TRUSTED_HOSTS: '127.0.0.1', LOG_LEVEL: 'trace' },
  })
  const open = await heldSource('An open place', { platform: 'mastodon', firstReadAt: new Date(0) })
  const room = await heldSource('A room', { platform: 'slack', audience: 'members', firstReadAt: new Date(0) })
  // Who holds them still saves; the worker leaves alone what is paused.
  await db().execute(sql`update sources set paused_at = now()`)
  const said = Array.from({ length: 8 }, (_, hours) =>
    aPost(`open:${hours}`, {
      tags: ['hpc'],
      text: 'about slurm',
      media: [image({ url: rack, preview: rack })],
      publishedAt: new Date(now - hours * 3e6),
    }),
  )
  await saveBatch(open.source, open.holder, aBatch(said), new Date())
  const port = Number(new URL(program.address).port)
  const stream = await watch(port)
  const secret = (id: string, audience: 'members' | 'withheld') => {
    const author = { ...ada, id: `id:${SECRETS.author}`, name: SECRETS.author, handle: `@${SECRETS.author}` }
    const html = aPost('x').html
    const quiet = {
      tags: [SECRETS.text, 'hpc'],
      media: [image({ url: rack, preview: rack, alt: SECRETS.text })],
      publishedAt: new Date(now - 4e6),
    }
    return aPost(id, {
      text: `slurm ${SECRETS.text}`,
      title: SECRETS.text,
      html,
      author,
      url: `https://room.example/${SECRETS.link}`,
      audience,
      ...quiet,
    })
  }
  const replyTo = { state: 'shown' as const, externalId: 'open:3', url: null, author: null, text: null, rootExternalId: null }
  await saveBatch(room.source, room.holder, aBatch([secret('room:1', 'members'), { ...secret('room:2', 'members'), replyTo }]), new Date())
  await saveBatch(open.source, open.holder, aBatch([secret('left out', 'withheld')]), new Date())
  while ((await indexPosts()) > 0);
  planted = (await db().select({ id: posts.id, audience: posts.audience }).from(posts)).flatMap(({ id, audience }) =>
    audience === 'public' ? [] : [id],
  )
  // The picture is kept here now, for whoever may see it.
  for (const id of planted) await get(port, mediaAddress(id, rack), { host: 'localhost', authorization: `Bearer ${program.key}` })
  found = await wander(port)
  await saveBatch(open.source, open.holder, aBatch([aPost('open:last', { publishedAt: new Date() })]), new Date())
  await stream.until(({ event }) => event === 'new')
  wire = stream.wire()
  stream.close()
}, 400_000)

afterAll(async () => {
  await program?.stop()
  await pictures?.close()
  rmSync(folder, { recursive: true })
})

/** Asks for one address after the other, and for all of ours that their answers name. */
async function wander(port: number): Promise<Map<string, Got>> {
  const seen = new Map<string, Got>()
  const waiting = [...BEGINNINGS]
  for (let path = waiting.shift(); path !== undefined && seen.size < MOST; path = waiting.shift()) {
    if (seen.has(path)) continue
    const got = await get(port, path, { host: 'localhost' })
    seen.set(path, got)
    waiting.push(...addressesIn(`${got.text} ${got.headers.location ?? ''}`, `http://localhost${path}`))
  }
  return seen
}

function addressesIn(text: string, base: string): string[] {
  const written = [...text.matchAll(/(?:href|src|action|poster|content|data-\w+)="([^"]+)"|(https?:\/\/[^\s"'<>\\)]+)|"(\/[^"\s\\]*)"/g)]
  return written.flatMap(([, attribute, whole, path]) => {
    const address = (attribute ?? whole ?? path ?? '').replaceAll('&amp;', '&')
    if (!URL.canParse(address, base)) return []
    const { hostname, pathname, search } = new URL(address, base)
    // What never ends, or is the same for everybody.
    if (!['localhost', '127.0.0.1'].includes(hostname) || /^\/(?:api\/live|_next\/static)/.test(pathname)) return []
    return [pathname + search]
  })
}

test('the walk leads through pages, feeds, media and answers for programs', () => {
  const reached = [...found.keys()]
  expect(reached.length).toBeGreaterThan(100)
  for (const of of [/^\/p\/\d/, /^\/media\//, /^\/search/, /^\/digest/, /^\/sources\/\d/, /^\/people|^\/\?person/, /^\/feed\.json\?/])
    expect(reached.filter((path) => of.test(path)).length, String(of)).toBeGreaterThan(0)
})

test('none of them is in a body, a header or an image', () => {
  const told = [...found].filter(([, { text, headers }]) => NEEDLE.test(text + JSON.stringify(headers)))
  // Public posts have the picture, too: its bytes are what they are for.
  expect(told.filter(([path]) => !path.startsWith('/media/')).map(([path]) => path)).toEqual([])
  expect([...found.keys()].filter((path) => planted.some((id) => path.startsWith(`/media/${id}/`) || path === `/p/${id}`))).toEqual([])
})

test('none of them is behind an address that somebody guesses', async () => {
  const port = Number(new URL(program.address).port)
  const guessed = planted.flatMap((id) => [
    `/p/${id}`,
    mediaAddress(id, rack),
    `/report?post=${id}`,
    `/opt-out?post=${id}`,
    `/late?entries=${id}`,
  ])
  const words = Object.values(SECRETS).flatMap((word) => [
    `/search?q=${word}`,
    `/?tag=${word}`,
    `/feed.json?q=${word}`,
    `/api/posts?q=${word}`,
  ])
  for (const path of [...guessed, ...words]) {
    const { status, text } = await get(port, path, { host: 'localhost' })
    if (path.startsWith('/p/') || path.startsWith('/media/')) expect([path, status]).toEqual([path, 404])
    const asked = new URL(path, 'http://localhost').searchParams.get('q') ?? new URL(path, 'http://localhost').searchParams.get('tag')
    // What was asked for stands in the question alone.
    expect(asked ? text.replaceAll(asked, '') : text, path).not.toMatch(NEEDLE)
    expect(text, path).not.toContain('room.example')
  }
})

test('none of them is in an event, or in the log', () => {
  expect(wire).toContain('event: new')
  expect(wire).not.toMatch(NEEDLE)
  expect(program.lines.length).toBeGreaterThan(3)
  expect(program.lines.filter((line) => NEEDLE.test(line) && !/"(?:url|path)":"[^"]*(?:q|tag)=/.test(line))).toEqual([])
})

test('its owner finds all of them', async () => {
  const port = Number(new URL(program.address).port)
  const { text } = await get(port, '/', { host: 'localhost', authorization: `Bearer ${program.key}` })
  for (const secret of Object.values(SECRETS)) expect(text).toContain(secret)
})
