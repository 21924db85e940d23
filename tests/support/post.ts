import { eq } from 'drizzle-orm'
import { fromText } from '#connectors/html'
import { db } from '#db/client'
import type { Person, Post } from '#db/post'
import { claimSource, type DeclaredSource, type SourceRow } from '#db/sources'
import { sources } from '#db/sources-schema'
import { openRules } from '#lib/collecting/rules'

export const ada: Person = {
  id: 'id:ada',
  name: 'Ada Example',
  nameHtml: null,
  handle: '@ada.example.org',
  url: 'https://ada.example.org/',
  avatar: null,
  badges: [],
}

/** A plain public post that says its own externalId, with whatever a test wants different. */
export function aPost(externalId: string, change: Partial<Post> = {}): Post {
  const text = change.text ?? `Post ${externalId}`
  return {
    externalId,
    url: `https://example.org/${encodeURIComponent(externalId)}`,
    author: ada,
    place: null,
    badges: [],
    title: null,
    html: fromText(text),
    text,
    language: 'en',
    tags: [],
    contentWarning: null,
    sensitive: false,
    media: [],
    card: null,
    poll: null,
    quote: null,
    replyTo: null,
    share: null,
    copyOf: null,
    unsupported: null,
    kind: 'post',
    conversation: null,
    recovered: false,
    reactions: [],
    precisionSeconds: null,
    replyCount: null,
    publishedAt: null,
    originalAt: null,
    editedAt: null,
    audience: 'public',
    ...change,
  }
}

/** A source as a file would declare it, in the database and held: what `saveBatch` is given. */
export async function heldSource(
  name: string,
  change: Partial<DeclaredSource> & { firstReadAt?: Date } = {},
): Promise<{ source: SourceRow; holder: string }> {
  const { firstReadAt = null, ...declared } = change
  await db()
    .insert(sources)
    .values({ key: name, platform: 'feed', name, settings: {}, rules: openRules, everySeconds: 60, ...declared })
    .onConflictDoNothing()
  const holder = crypto.randomUUID()
  await db().update(sources).set({ firstReadAt }).where(eq(sources.name, name))
  const [row] = await db().select().from(sources).where(eq(sources.name, name))
  const source = row && (await claimSource(row.id, holder, new Date()))
  if (!source) throw new Error(`${name} could not be held`)
  return { source, holder }
}

/** A batch with nothing in it but what a test wants. */
export function aBatch(posts: Post[], change: object = {}) {
  return {
    admitted: posts.map((post) => ({ post, rule: 'everything' })),
    deleted: [],
    authors: [],
    covered: null,
    unreadable: [],
    cursor: null,
    ...change,
  }
}
