import { saveBatch } from '#db/save-batch'
import * as form from '#lib/digest-html'
import { digestPress } from '#lib/digest-press'
import { aBatch, ada, aPost, heldSource } from '../support/post.ts'
import { say } from './measure.ts'

const POSTS = 500
const DIGESTS = 10_000
const PLATFORMS = ['bluesky', 'mastodon', 'feed', 'reddit']
const ZONES = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe']
const PEOPLE = 60

/** A day of 500 posts, drawn for 10,000 readers: 240 different choices of people and platforms in four zones, each mail with links of its own. */
export async function measureDigests(): Promise<void> {
  const to = new Date()
  const from = new Date(to.getTime() - 86_400_000)
  const held = await Promise.all(PLATFORMS.map((platform) => heldSource(`digest of ${platform}`, { platform, firstReadAt: new Date(0) })))
  for (let index = 0; index < POSTS; index++) {
    const one = held[index % held.length]
    const at = new Date(from.getTime() + (index + 1) * 160_000)
    const author = { ...ada, id: `id:${index % PEOPLE}`, name: `Person ${index % PEOPLE}` }
    const text = `Post ${index}: ${'the queue is long and the scratch is full. '.repeat(4)}`
    if (one) await saveBatch(one.source, one.holder, aBatch([aPost(`digest ${index}`, { text, author, publishedAt: at })]), at)
  }
  const press = digestPress('https://board.example.org', form)
  const startedAt = performance.now()
  let bytes = 0
  let most = 0
  for (let index = 0; index < DIGESTS; index++) {
    const platform = PLATFORMS[index % PLATFORMS.length] ?? ''
    const filter = index % 2 === 0 ? {} : { people: [`${platform}:id:${index % PEOPLE}`, `${platform}:id:${(index * 7) % PEOPLE}`] }
    const zone = ZONES[(index >> 3) % ZONES.length] ?? 'UTC'
    const drawn = await press.draw({ role: 'anonymous', from, to, filter, word: null, zone, chosen: '', notes: [] }, to)
    const foot = [
      { words: `This goes to reader-${index}@example.org.` },
      { words: 'Unsubscribe', href: `https://board.example.org/unsubscribe?t=${index}` },
    ]
    bytes += drawn.html(foot).length + drawn.text(foot).length
    most = Math.max(most, process.memoryUsage().rss)
  }
  const seconds = (performance.now() - startedAt) / 1000
  say(`digests of ${POSTS} posts, ${(bytes / DIGESTS / 1024).toFixed(0)} KB each`, `${Math.round(DIGESTS / seconds)}/s`, '≥ 200/s')
  say('memory while they are drawn', `${Math.round(most / 1_048_576)} MB`, '< 300 MB')
}
