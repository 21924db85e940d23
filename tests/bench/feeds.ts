import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { db } from '#db/client'
import { indexPosts } from '#db/index-posts'
import { randomNumbers } from '../support/random-numbers.ts'
import { processorSecondsIn, processorSecondsOf } from './ingest.ts'
import { say } from './measure.ts'
import { nameOf, wordsOf } from './posts.ts'

/** As many items as the first read of a source takes, all of the last seven days. */
const ITEMS = 500
const WEEK_MS = 7 * 86_400_000
const LONGEST_MS = 5 * 60_000

/**
 * End to end: the real worker process reads `feeds` RSS feeds of 500 items each for the first time, each from a host of its own.
 * From the first request to the last committed row.
 * @param folder in which Postgres runs, for what it uses of the processors, and where the list of sources is put
 */
export async function measureFeeds(feeds: number, folder: string, databaseUrl: string): Promise<void> {
  const hosts = Array.from({ length: feeds }, (_, feed) => `127.0.1.${feed + 1}`)
  const documents = hosts.map((_, feed) => feedOf(feed, Date.now()))
  let askedAt = 0
  const servers = await Promise.all(
    hosts.map((host, feed) =>
      listen(host, (server) =>
        server.on('request', (_, response) => {
          askedAt ||= performance.now()
          response.writeHead(200, { 'content-type': 'application/rss+xml; charset=utf-8' }).end(documents[feed])
        }),
      ),
    ),
  )
  const file = join(folder, 'bench-feeds.yaml')
  writeFileSync(file, servers.map(({ origin }) => `- feed: { url: "${origin}/feed.xml", every: 24h }\n`).join(''))
  // What others left to be made findable is not this work.
  while ((await indexPosts()) > 0);
  const before = processorSecondsIn(folder)
  const worker = fork(join(import.meta.dirname, '../../lib/worker.ts'), {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      LOG_LEVEL: 'error',
      DATABASE_URL: databaseUrl,
      SOURCES: file,
      TRUSTED_HOSTS: hosts.join(','),
    },
  })
  const gone = once(worker, 'exit')
  try {
    const wanted = feeds * ITEMS
    const until = performance.now() + LONGEST_MS
    while ((await storedFrom(servers.map(({ origin }) => origin))) < wanted) {
      if (worker.exitCode !== null || performance.now() > until) throw new Error('the worker did not read all feeds')
      await wait(20)
    }
    const rate = wanted / ((performance.now() - askedAt) / 1000)
    const each = (seconds: number) => `${((seconds * 1e6) / wanted).toFixed(0)} µs`
    const processor = `${each(processorSecondsOf(worker.pid ?? 0))} in the worker, ${each(processorSecondsIn(folder) - before)} in Postgres each`
    say(
      `feeds over HTTP → indexed tables, ${feeds} × ${ITEMS} items`,
      `${Math.round(rate).toLocaleString('en')} posts/s (${processor})`,
      '≥ 2,000 posts/s',
    )
  } finally {
    worker.kill('SIGTERM')
    await gone
    for (const { server } of servers) {
      server.closeAllConnections()
      server.close()
    }
    await db().execute(sql`update sources set off = 'measured' where platform = 'feed'`)
  }
}

async function listen(host: string, route: (server: Server) => void): Promise<{ server: Server; origin: string }> {
  const server = createServer()
  route(server)
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  return { server, origin: `http://${host}:${typeof address === 'object' && address ? address.port : 0}` }
}

/** What was counted in the transaction that stored it. */
async function storedFrom(origins: string[]): Promise<number> {
  const urls = origins.map((origin) => `${origin}/feed.xml`)
  const [row] = await db().execute<{ seen: number }>(
    sql`select coalesce(sum(posts_seen), 0)::int as seen from sources where settings ->> 'url' = any(${sql.param(urls)}::text[])`,
  )
  return row?.seen ?? 0
}

/** An RSS feed as blogging software writes it: a summary, and the whole text with links, lists and a picture, 1 to 2 KB an item. */
function feedOf(feed: number, now: number): string {
  const site = `https://blog${feed}.example`
  const items = Array.from({ length: ITEMS }, (_, index) =>
    itemOf(site, feed, index, new Date(now - (WEEK_MS / (ITEMS + 5)) * (index + 1))),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Notes of ${nameOf(feed)}</title><link>${site}/</link><description>What was measured</description><language>en</language>
${items.join('\n')}
</channel></rss>`
}

function itemOf(site: string, feed: number, index: number, at: Date): string {
  const random = randomNumbers(feed * 7919 + index * 104_729)
  const sentence = (words: number) => {
    const said = wordsOf(random, words).join(' ')
    return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`
  }
  const paragraph = () =>
    `<p>${sentence(12)} <a href="https://pages.example/${Math.floor(random() * 5000)}">${wordsOf(random, 3).join(' ')}</a> &amp; <em>${wordsOf(random, 2).join(' ')}</em>. ${sentence(14)}</p>`
  const picture = random() < 0.3 ? `<figure><img src="${site}/${index}.png" alt="${sentence(6)}" width="1200" height="800"/></figure>` : ''
  const list = random() < 0.3 ? `<ul>${Array.from({ length: 3 }, () => `<li><code>${sentence(5)}</code></li>`).join('')}</ul>` : ''
  const body = `${paragraph()}${picture}${paragraph()}${list}${paragraph()}`
  return `<item><title>${sentence(7)}</title><link>${site}/${index}/${wordsOf(random, 3).join('-')}</link>
<guid isPermaLink="false">${site}/?p=${index}</guid><pubDate>${at.toUTCString()}</pubDate><dc:creator><![CDATA[${nameOf(feed)}]]></dc:creator>
<category><![CDATA[hpc]]></category><category><![CDATA[${wordsOf(random, 1)[0]}]]></category>
<description><![CDATA[${sentence(25)} [&#8230;]]]></description>
<content:encoded><![CDATA[${body}<p>The post appeared first on <a href="${site}/">Notes</a>.</p>]]></content:encoded></item>`
}
