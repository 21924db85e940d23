import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { reddit } from '#connectors/reddit/reddit'

/** Answers of oauth.reddit.com as PRAW's tests recorded them; where they are not at hand, these tests are skipped. */
const recorded = join(import.meta.dirname, '../../../shared/fixtures/reddit/praw-cassettes')
const at = (name: string) => join(recorded, `${name}.json`)

const Thing = z.object({ kind: z.literal('t3'), data: z.unknown() })
const Listing = z.object({ data: z.object({ children: z.array(z.unknown()) }) })
const Cassette = z.object({
  interactions: z.array(z.object({ response: z.object({ body: z.object({ string: z.string().optional() }) }) })),
})

/** Each submission in the last answer of a recording, as a post. */
function postsIn(name: string) {
  const { interactions } = Cassette.parse(JSON.parse(readFileSync(at(name), 'utf8')))
  const answer: unknown = JSON.parse(interactions.at(-1)?.response.body.string ?? 'null')
  const things = [answer].flat().flatMap((listing) => Listing.parse(listing).data.children)
  return things.flatMap((thing) => {
    const { data } = Thing.safeParse(thing)
    return data ? [reddit.parse({ kind: data.kind, data: data.data }, { subreddit: 'test' })] : []
  })
}

const recording = test.skipIf(!existsSync(at('TestSubredditListings.test_new')))

recording('a page of /new is read whole', () => {
  const posts = postsIn('TestSubredditListings.test_new')
  expect(posts).toHaveLength(100)
  for (const { url, author, place, text, title } of posts) {
    expect(url).toMatch(/^https:\/\/www\.reddit\.com\/r\/AskReddit\/comments\//)
    expect(author.id).toMatch(/^u\//)
    expect(place).toBe('r/AskReddit')
    expect(`${title} ${text}`).not.toMatch(/&(amp|lt|gt);|SC_O/)
  }
})

recording('a gallery keeps its order and captions', () => {
  const [post] = postsIn('TestSubreddit.test_submit_gallery')
  expect(post?.media.map(({ kind, alt, width }) => [kind, alt, width])).toEqual([
    ['image', null, 128],
    ['image', 'test.jpg', 128],
    ['gifv', null, 128],
    ['image', 'test.png', 128],
  ])
})

recording('a poll has its options, its end, and no link to itself', () => {
  const [post] = postsIn('TestSubreddit.test_submit_poll')
  expect(post).toMatchObject({ text: 'Test poll text.', poll: { voters: 0, closesAt: '2020-05-05T05:21:55.460Z' } })
  expect(post?.poll?.options.map(({ text }) => text)).toEqual(['Yes', 'No', '3', '4', '5', '6'])
})

recording('a flair is told, and what is not for work is covered', () => {
  expect(postsIn('TestSubreddit.test_submit__flair')[0]?.badges).toEqual(['Test flair text'])
  expect(postsIn('TestSubreddit.test_submit__nsfw')[0]).toMatchObject({ contentWarning: 'NSFW', sensitive: true })
})
