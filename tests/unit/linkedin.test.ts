import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, Cursor, Run } from '#connectors/contract'
import { linkedin } from '#connectors/linkedin/linkedin'
import { Settings } from '#connectors/linkedin/settings'
import { ConnectorError } from '#connectors/trouble'
import type { Post } from '#db/post'
import { rawPost, serveLinkedin, versionOf } from '#tests/support/linkedin-server'
import { runOf } from '#tests/support/run'

let server: Awaited<ReturnType<typeof serveLinkedin>>
beforeEach(async () => {
  server = await serveLinkedin()
})
afterEach(() => server.close())

const since = new Date(Date.now() - 7 * 86_400_000)
const RESOLVED = { urn: 'urn:li:organization:4242', label: 'Example Lab' }

/** A source and all that was ever saved of it, polled as the runner does. */
function source(given: object = {}, change: Partial<Run<Settings>> = {}) {
  const settings = Settings.parse({
    organization: 'example-lab',
    token: 'the-token',
    api: server.origin,
    version: versionOf(3),
    ...RESOLVED,
    ...given,
  })
  const { run } = runOf<Settings>(settings, { backfill: { since, posts: 500 }, ...change })
  const posts = new Map<string, Post>()
  let cursor: Cursor | null = null
  return {
    posts,
    run,
    settings,
    texts: () => [...posts.values()].map(({ text }) => text),
    async poll(): Promise<Batch | undefined> {
      let last: Batch | undefined
      for await (const batch of linkedin.read({ ...run, settings, cursor })) {
        last = batch
        for (const post of batch.posts) posts.set(post.externalId, post)
        for (const id of batch.deleted) posts.delete(id)
        cursor = JSON.parse(JSON.stringify(batch.cursor))
      }
      return last
    },
  }
}

async function failureOf(work: Promise<unknown>): Promise<ConnectorError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConnectorError)) throw new Error('it did not fail as connectors do', { cause: error })
  return error
}

describe('what people paste', () => {
  test.each([
    ['https://www.linkedin.com/company/Example-Lab/posts/?feedView=all', 'example-lab'],
    ['linkedin.com/school/example-university', 'example-university'],
    ['https://de.linkedin.com/company/4242', '4242'],
  ])('%s is the page of an organisation', (link, organization) => {
    expect(linkedin.locate(link)).toMatchObject({ organization })
  })

  test.each([
    'https://www.linkedin.com/in/ada',
    'https://www.linkedin.com/feed/hashtag/hpc',
    'https://lnkd.in/abc',
    'https://www.linkedin.com/groups/1',
  ])('%s is none, and why is said', (link) => {
    expect(linkedin.locate(link)).toBeNull()
    expect(linkedin.cannot?.(link)).toContain('organisations that you administer')
  })
})

test('the page is looked up by its word or its number, once; who does not administer it is told so', async () => {
  for (const organization of ['example-lab', '4242']) {
    const { settings, run } = source({ organization, urn: undefined, label: undefined })
    expect(await linkedin.resolve?.(settings, run)).toMatchObject(RESOLVED)
  }
  const nobody = source({ organization: 'nobody' })
  expect((await failureOf(linkedin.resolve?.(nobody.settings, nobody.run) ?? Promise.resolve())).message).toContain('no page called nobody')
  const others = source({ urn: 'urn:li:organization:1' })
  expect(await failureOf(others.poll())).toMatchObject({ trouble: 'refused', message: expect.stringContaining('administrators') })
})

test('what is new or was changed since is read, page after page, and what was taken back from its readers goes', async () => {
  for (let n = 1; n <= 60; n++) server.add(rawPost(n))
  const page = source()
  await page.poll()
  expect(page.posts.size).toBe(60)
  expect(server.asked).toHaveLength(2)
  server.add(rawPost(61))
  const now = Date.now()
  server.change(rawPost(3).id, { commentary: 'Better said', lastModifiedAt: now, lifecycleStateInfo: { isEditedByAuthor: true } })
  server.change(rawPost(4).id, { lifecycleState: 'DRAFT', lastModifiedAt: now })
  server.asked.length = 0
  const last = await page.poll()
  expect(page.posts.get(rawPost(3).id)).toMatchObject({ text: 'Better said', editedAt: new Date(now) })
  expect(last?.deleted).toEqual([rawPost(4).id])
  expect(page.texts()).toContain('Post 61')
  expect(server.asked.length).toBeLessThanOrEqual(2)
})

test('a post is shown with its hashtags, mentions and links, and what stands beside its text', async () => {
  const commentary =
    'We \\(the lab\\) hire, says @[Ada \\(HPC\\)](urn:li:person:1) of @[Example Lab](urn:li:organization:4242): https://jobs.example.org/a\\_b. {hashtag|\\#|HPC} #slurm \\#no'
  server.add(
    rawPost(1, { commentary }),
    rawPost(2, { content: { article: { source: 'https://blog.example.org/a', title: 'A post', description: 'About it' } } }),
    rawPost(3, { content: { media: { id: 'urn:li:image:C1', altText: 'A rack' } } }),
    rawPost(4, { content: { multiImage: { images: [{ id: 'urn:li:image:1', altText: 'One' }, { id: 'urn:li:image:2' }] } } }),
    rawPost(5, {
      content: {
        poll: {
          question: 'Which?',
          options: [
            { text: 'A', voteCount: 2 },
            { text: 'B', voteCount: 1 },
          ],
          uniqueVotersCount: 3,
        },
      },
    }),
    rawPost(6, { reshareContext: { parent: 'urn:li:share:9', root: 'urn:li:share:9' } }),
    rawPost(7, { visibility: 'LOGGED_IN' }),
    rawPost(8, { visibility: 'CONNECTIONS' }),
  )
  const page = source()
  const last = await page.poll()
  expect(last?.unreadable).toEqual([])
  const at = (n: number) => page.posts.get(rawPost(n).id)
  expect(at(1)?.text).toBe('We (the lab) hire, says Ada (HPC) of Example Lab: https://jobs.example.org/a_b. #HPC #slurm #no')
  expect(at(1)?.tags).toEqual(['hpc', 'slurm'])
  expect(at(1)?.html).toContain('href="https://jobs.example.org/a_b"')
  expect(at(1)?.html).toContain('href="https://www.linkedin.com/company/4242"')
  expect(at(1)).toMatchObject({
    url: `https://www.linkedin.com/feed/update/${rawPost(1).id}`,
    author: { name: 'Example Lab', url: 'https://www.linkedin.com/company/example-lab' },
  })
  expect(at(2)?.card).toMatchObject({ url: 'https://blog.example.org/a', title: 'A post' })
  expect(at(3)?.unsupported).toBe('A picture: A rack')
  expect(at(4)?.unsupported).toBe('2 pictures: One')
  expect(at(5)?.poll).toMatchObject({
    options: [
      { text: 'A', votes: 2 },
      { text: 'B', votes: 1 },
    ],
    voters: 3,
  })
  expect(at(6)?.quote).toMatchObject({ state: 'unauthorized', url: 'https://www.linkedin.com/feed/update/urn:li:share:9' })
  expect(at(7)?.audience).toBe('members')
  expect(at(8)).toBeUndefined()
})

test('what became of posts: what is gone or shown to fewer is gone here', async () => {
  server.add(rawPost(1), rawPost(2), rawPost(3, { commentary: 'Better said' }))
  server.change(rawPost(2).id, { visibility: 'CONNECTIONS' })
  server.remove(rawPost(1).id)
  const { run, settings } = source()
  const found = await linkedin.recheck?.(
    [1, 2, 3].map((n) => rawPost(n).id),
    { ...run, settings },
  )
  expect(found?.deleted).toEqual([rawPost(1).id, rawPost(2).id])
  expect(found?.posts.map(({ text }) => text)).toEqual(['Better said'])
  expect(linkedin.rechecksPerHour?.(Settings.parse({ name: 'Ada' }))).toBeNull()
})

describe('trouble', () => {
  test('a version that LinkedIn serves no longer is named, with one that it does', async () => {
    const failure = await failureOf(source({ version: versionOf(20) }).poll())
    expect(failure).toMatchObject({ trouble: 'refused', message: expect.stringContaining(`version: '${versionOf(3)}'`) })
  })

  test('a version that ends soon is said beside the source', async () => {
    expect((await source({ version: versionOf(6) }).poll())?.notice).toBeUndefined()
    expect((await source({ version: versionOf(12) }).poll())?.notice).toContain(`Version ${versionOf(12)}`)
  })

  test.each([
    [{ token: 'another' }, 'refused', 'does not take the token'],
    [
      { instead: { status: 401, body: { code: 'EXPIRED_ACCESS_TOKEN', message: 'The token used in the request has expired' } } },
      'refused',
      'ended',
    ],
    [{ instead: { status: 429, body: { code: 'TOO_MANY_REQUESTS', message: 'Resource level throttle' } } }, 'rate-limited', 'today'],
    [{ instead: { status: 500, body: 'oops' } }, 'unavailable', '500'],
    [{ instead: { body: '<html></html>' } }, 'malformed', 'something else'],
  ])('%j', async (change, trouble, words) => {
    Object.assign(server.behaviour, change)
    const failure = await failureOf(source().poll())
    expect(failure.trouble).toBe(trouble)
    expect(failure.message).toContain(words)
    expect(failure.message).not.toContain('the-token')
  })
})
