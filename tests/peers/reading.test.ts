import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AtpAgent, RichText } from '@atproto/api'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Atproto, atprotoIsHere, startAtproto } from '#tests/support/atproto'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { ircPeers, ircPeersAreHere } from '#tests/support/irc-peers'
import { kinds } from '#tests/support/kinds'
import { type Program, startProgram, temporaryFolder } from '#tests/support/program'
import { serve } from '#tests/support/server'

/**
 * What real servers make of every kind of post, as the whole program shows it in Chromium: a PDS and its AppView, InspIRCd,
 * and a feed over HTTP. SCREENSHOTS names a folder for pictures of the page.
 */

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const regexOf = (on: string, kind: string) => {
  const found = kinds.find((one) => one.on === on && one.kind === kind)
  if (!found) throw new Error(`No such kind of ${on}: ${kind}`)
  return found.html
}

let program: Program
let browser: Browser
let page: Page

async function startReading(sources: string): Promise<void> {
  await builtPages()
  const SOURCES = join(temporaryFolder(), 'sources.yaml')
  writeFileSync(SOURCES, sources)
  program = await startProgram({ env: { SOURCES, TRUSTED_HOSTS: 'localhost,127.0.0.1', TIME_ZONE: 'UTC' } })
  browser = await launchChromium()
  page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
  await page.goto(`${program.address}?key=${program.key}`)
}

async function stopReading(): Promise<void> {
  await browser?.close()
  await program?.stop()
}

/** The first page of the timeline, without the comments by which React parts neighbouring texts. */
async function timeline(): Promise<string> {
  await page.goto(program.address)
  return (await page.content()).replaceAll('<!-- -->', '')
}

async function pictures(name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS
  if (!folder) return
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true })
  }
}

describe.skipIf(!atprotoIsHere)('posts of a real AT Protocol network', () => {
  let network: Atproto
  let dora: AtpAgent
  const uris: { [word: string]: { uri: string; cid: string } } = {}

  beforeAll(async () => {
    network = await startAtproto()
    const [alice, bob, carla] = await Promise.all(['alice', 'bob', 'carla'].map((name) => network.agentOf(name)))
    if (!alice || !bob || !carla) throw new Error('Three accounts are seeded')
    dora = new AtpAgent({ service: network.pds })
    await dora.createAccount({ handle: 'dora.test', email: 'dora@example.test', password: 'hunter2' })
    const labels = { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: '!no-unauthenticated' }] }
    const profile = { displayName: 'Dora Doors', createdAt: new Date().toISOString() }
    await dora.app.bsky.actor.profile.create({ repo: dora.assertDid }, { ...profile, labels })

    const say = async (agent: AtpAgent, word: string, text: string, more: { [key: string]: unknown } = {}) => {
      const rich = new RichText({ text })
      await rich.detectFacets(agent)
      const made = await agent.post({ text: rich.text, facets: rich.facets, langs: ['en'], ...more })
      uris[word] = made
      return made
    }
    const image = async (agent: AtpAgent, alt: string) => ({
      image: (await agent.uploadBlob(PNG, { encoding: 'image/png' })).data.blob,
      alt,
      aspectRatio: { width: 4, height: 3 },
    })
    const images = async (agent: AtpAgent, ...alts: string[]) => ({
      $type: 'app.bsky.embed.images',
      images: await Promise.all(alts.map((alt) => image(agent, alt))),
    })
    const record = (of: { uri: string; cid: string }) => ({ $type: 'app.bsky.embed.record', record: of })

    const root = await say(
      alice,
      'root',
      'Who drains before an upgrade? @bob.test knows: https://blog.example/a/long/address/of/a/note #slurm',
    )
    const answer = await say(bob, 'answer', 'I do, since 2019.', { reply: { root, parent: root } })
    await say(alice, 'own answer', 'Noted for the next one.', { reply: { root, parent: root } })
    const gone = await say(carla, 'gone', 'Said in haste.')
    await say(bob, 'answer to gone', 'That was quick.', { reply: { root: gone, parent: gone } })
    await say(carla, 'tags', 'Tags that are not in the text.', { tags: ['Storage', 'Lustre'] })
    await say(alice, 'arabic', 'ثلاثة عناقيد، ونصف عامل تشغيل', { langs: ['ar'] })
    await say(bob, 'quote', 'This, exactly.', { embed: record(root) })
    await say(bob, 'quote of gone', 'What was that?', { embed: record(gone) })
    const detached = await say(carla, 'to be detached', 'Do not quote me.')
    const detaching = await say(bob, 'detaching', 'Quoted all the same.', { embed: record(detached) })
    await say(carla, 'pictures', 'Two racks.', { embed: await images(carla, 'A rack with its doors open', '') })
    await say(carla, 'quote and picture', 'With a picture beside it.', {
      embed: { $type: 'app.bsky.embed.recordWithMedia', record: record(answer), media: await images(carla, 'A drawing of a queue') },
    })
    const external = { uri: 'https://blog.example/note', title: 'A note on draining', description: 'Slowly, and with a reservation.' }
    await say(alice, 'card', 'Written down.', { embed: { $type: 'app.bsky.embed.external', external } })
    await say(alice, 'feed', 'The feed of us all.', { embed: record({ uri: network.feedUri, cid: root.cid }) })
    await say(carla, 'list', 'The list of us all.', { embed: record({ uri: network.listUri, cid: root.cid }) })
    await say(bob, 'unknown', 'Something new.', { embed: { $type: 'app.bsky.embed.audioSpace', space: 'at://none' } })
    const values = [{ val: 'graphic-media' }]
    await say(bob, 'covered', 'A melted cable.', {
      labels: { $type: 'com.atproto.label.defs#selfLabels', values },
      embed: await images(bob, 'A cable that was a cable'),
    })
    await say(dora, 'for members', 'Among ourselves.')
    await say(alice, 'old', 'From an old diary.', { createdAt: '2024-02-03T10:00:00.000Z' })
    await alice.repost(answer.uri, answer.cid)
    await carla.deletePost(gone.uri)
    const gate = { $type: 'app.bsky.feed.postgate', post: detached.uri, createdAt: new Date().toISOString() }
    await carla.com.atproto.repo.createRecord({
      ...{ repo: carla.assertDid, collection: 'app.bsky.feed.postgate', rkey: detached.uri.split('/').at(-1) },
      record: { ...gate, detachedEmbeddingUris: [detaching.uri] },
    })
    const at = `service: ${network.service}, jetstream: ${network.jetstream}`
    // The AppView follows its network a moment later.
    await sleep(3000)
    await startReading(['alice', 'bob', 'carla', 'dora'].map((name) => `- bluesky: { author: ${name}.test, ${at} }\n`).join(''))
  }, 400_000)
  afterAll(async () => {
    await stopReading()
    await network?.close()
  })

  test('look as those of the demo do, kind by kind', async () => {
    const shown = [
      'a mention',
      'tags beside the text',
      'text from right to left',
      'a repost with the original’s time',
      'a picture with its description in sight',
      'a picture without one',
      'a card without a picture',
      'a feed',
      'a list',
      'a quote',
      'a quote with media beside it',
      'a quote that was not found',
      'a quote that was taken back',
      'a cover that names its label',
      'members only',
      'something that cannot be drawn',
      'a way to the post by DID',
    ]
    await expect.poll(timeline, { timeout: 60_000, interval: 1000 }).toContain('Among ourselves.')
    const html = await timeline()
    expect(shown.filter((kind) => !regexOf('bluesky', kind).test(html))).toEqual([])
    expect(html).toMatch(/<a href="\/\?tag=slurm"[^>]*>#slurm/)
    await pictures('bluesky')
  })

  test('an answer to oneself goes on with its thread, and what it answers is one fold away', async () => {
    const html = await timeline()
    expect(html).toMatch(/Noted for the next one/)
    expect(html).toMatch(/Continuing <a [^>]*>their own post|<details class="earlier"/)
  })

  test('what was deleted is nowhere; who quoted it or answered it stays', async () => {
    const html = await timeline()
    expect(html).not.toContain('Said in haste.')
    expect(html).toContain('What was that?')
  })

  test('who is not signed in sees nothing of who asked for members only', async () => {
    const anybody = await (await fetch(program.address)).text()
    expect(anybody).toContain('Two racks.')
    expect(anybody).not.toContain('Among ourselves.')
  })

  test('what is changed on the PDS is changed on the page, in its place', async () => {
    const carla = await network.agentOf('carla')
    const { uri = '', cid } = uris.tags ?? {}
    const rkey = uri.split('/').at(-1) ?? ''
    const { data } = await carla.com.atproto.repo.getRecord({
      repo: carla.assertDid,
      collection: 'app.bsky.feed.post',
      rkey,
      ...(cid && { cid }),
    })
    await carla.com.atproto.repo.putRecord({
      ...{ repo: carla.assertDid, collection: 'app.bsky.feed.post', rkey },
      record: { ...data.value, text: 'Tags that were not in the text.' },
    })
    await expect.poll(timeline, { timeout: 60_000, interval: 1000 }).toContain('Tags that were not in the text.')
    expect(await timeline()).not.toContain('Tags that are not in the text.')
  })
})

describe.skipIf(!ircPeersAreHere)('talk on a real IRC server, beside a feed', () => {
  let peers: ReturnType<typeof ircPeers>
  let site: Awaited<ReturnType<typeof serve>>
  let operator: Awaited<ReturnType<typeof peers.speaker>>

  beforeAll(async () => {
    peers = ircPeers()
    await peers.start('inspircd')
    // Who comes first may change the topic.
    operator = await peers.speaker('operator')
    site = await serve({
      '/feed.xml': {
        headers: { 'content-type': 'application/rss+xml' },
        body: `<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Night shift</title>
          <link>https://nightshift.example/</link><item><title>On doors</title><link>https://nightshift.example/doors</link><guid>doors</guid>
          <pubDate>${new Date().toUTCString()}</pubDate><category>Doors</category><category>Cooling</category>
          <content:encoded><![CDATA[<p>They <b>close</b>.</p><pre><code>sudo close door</code></pre><script>alert(1)</script>]]></content:encoded>
          <enclosure url="https://nightshift.example/doors.mp3" type="audio/mpeg" length="120000"/></item>
          <item><title>On keys</title><link>https://nightshift.example/keys</link><guid>keys</guid><description>No date, no key.</description></item></channel></rss>`,
      },
    })
    await startReading(
      `- irc: { server: 127.0.0.1, port: 16667, tls: false, channel: "#hpc", nick: logger, network: test, permission: { by: the test, on: 2026-01-02 } }
- feed: { url: "${site.origin}/feed.xml", class: personal }
`,
    )
  }, 400_000)
  afterAll(async () => {
    await stopReading()
    await peers?.close()
    await site?.close()
  })

  test('is a burst with everything that the demo shows of one', async () => {
    const alice = await peers.speaker('alice')
    const bob = await peers.speaker('bob')
    await expect
      .poll(async () => (await (await fetch(`${program.address}api/sources`)).json()) as object, { timeout: 30_000, interval: 500 })
      .toMatchObject({ sources: expect.arrayContaining([expect.objectContaining({ mode: 'live' })]) })
    const said: [typeof alice, string][] = [
      [alice, 'morning all, is anybody \x02still\x02 on \x1dlast\x1d year’s \x11slurm\x11?'],
      [bob, 'alice: yes, see https://docs.lamplight.example/slurm?x=1&y=2'],
      [bob, 'it is \x1ffine\x1f, \x1emostly\x1e'],
      [alice, '<script>alert(1)</script> Ünïcödé 🚀 数値計算'],
    ]
    for (const [who, text] of said) {
      who.say('#hpc', text)
      await sleep(300)
    }
    alice.action('#hpc', 'nods')
    await sleep(300)
    bob.notice('#hpc', 'a notice to the channel')
    await sleep(300)
    operator.raw('TOPIC #hpc :High performance computing, be nice')
    await sleep(300)
    bob.say('#hpc', 's/nice/kind/')
    await expect.poll(timeline, { timeout: 30_000, interval: 500 }).toContain('s/nice/kind/')
    const html = await timeline()
    const shown = [
      'a burst with people and times',
      'nicks in their hues',
      'an action',
      'a change of topic',
      'how one is left out',
      'an address of our own for each line',
      'a way from a line to the one that it answers',
    ]
    expect(shown.filter((kind) => !regexOf('irc', kind).test(html))).toEqual([])
    expect(html).toMatch(/<b>still<\/b>.*<i>last<\/i>.*<code>slurm<\/code>/)
    expect(html).toMatch(/<u>fine<\/u>.*<s>mostly<\/s>/)
    expect(html).toMatch(/<li[^>]* class="notice"/)
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; Ünïcödé')
    await pictures('irc-and-feed')
  })

  test('stands beside what the feed says, its undated item by when it was seen', async () => {
    await expect.poll(timeline, { timeout: 30_000, interval: 500 }).toContain('On doors')
    const html = await timeline()
    for (const kind of ['a personal blog', 'a title', 'code', 'tags', 'an undated item'])
      expect(regexOf('feed', kind).test(html), kind).toBe(true)
    expect(html).toMatch(/<audio[^>]*preload="none"/)
    expect(html).not.toContain('alert(1)</script>')
  })
})
