import type { Post } from '#db/post'
import type { SourceRules } from '#db/sources-schema'
import { toWords, wholeWord } from '../reading/whole-word.ts'

/** What a source lets in when its entry says nothing. */
export const openRules: SourceRules = {
  include: [],
  exclude: [],
  languages: [],
  replies: 'all',
  reposts: 'all',
  backfill: { days: 7, posts: 500 },
}

/**
 * The rule of a source that lets a post in, in words a reader can be shown; null when one keeps it out.
 * A word matches whole words of title, text and warning, `#tag` a hashtag; both without case.
 */
export function ruleThatAdmits(post: Post, rules: SourceRules): string | null {
  if (rules.reposts === 'none' && post.share) return null
  if (post.replyTo && rules.replies === 'none') return null
  if (post.replyTo && rules.replies === 'self' && post.replyTo.author?.id !== post.author.id) return null
  // A post that does not say its language is not kept out for it.
  if (rules.languages.length > 0 && post.language && !rules.languages.includes(primaryTag(post.language))) return null
  if (rules.exclude.some((term) => mentions(post, term))) return null
  if (rules.include.length === 0) return 'everything'
  const matched = rules.include.find((term) => mentions(post, term))
  return matched ? `include ${matched}` : null
}

function mentions(post: Post, term: string): boolean {
  if (term.startsWith('#')) return post.tags.includes(term.slice(1).toLowerCase())
  const said = [post.title, post.contentWarning, post.text].filter(Boolean).join('\n')
  return wholeWord(term).test(toWords(said))
}

/** `en` of `en-GB`. */
function primaryTag(language: string): string {
  return language.split('-')[0]?.toLowerCase() ?? ''
}
