import { connectorOf } from '#connectors/registry'
import { indexPosts } from '#db/index-posts'
import { getTimeline } from '#db/timeline'
import { startDemoWeek } from '#lib/demo/demo-week'

/** Fills the database of this test file with the demo's week, and finds an entry of each kind that pages draw differently. */
export async function demoContent(now = new Date()) {
  await startDemoWeek('http://127.0.0.1:3000', now)
  while ((await indexPosts()) > 0);
  const entries: Awaited<ReturnType<typeof getTimeline>>['entries'] = []
  for (let before: (typeof entries)[number] | undefined; ; before = entries.at(-1)) {
    const page = await getTimeline({ role: 'owner' }, { before, limit: 200, postsPerEntry: 60 })
    entries.push(...page.entries)
    if (!page.older) break
  }
  type Entry = (typeof entries)[number]
  const idOf = (kind: string, is: (entry: Entry) => boolean) => {
    const found = entries.find(is)
    if (!found) throw new Error(`the demo shows no ${kind}`)
    return found.id
  }
  const talks = ({ posts }: Entry) => posts.some(({ conversation }) => conversation)
  const chats = ({ platform }: Entry) => connectorOf(platform)?.conversationLayout === 'chat'
  return {
    entries,
    post: idOf('post with a picture', ({ posts }) => posts.length === 1 && posts.some(({ media }) => media.length > 0)),
    thread: idOf('thread', (entry) => talks(entry) && !chats(entry) && entry.count > 2),
    chat: idOf('chat', (entry) => talks(entry) && chats(entry) && entry.count > 5),
    copies: idOf('copies', (entry) => !talks(entry) && entry.posts.length > 1),
    covered: idOf('cover', ({ posts }) => posts.some(({ sensitive, media }) => sensitive && media.length > 0)),
  }
}
