import type { Media, Person, Post } from './post.ts'

/**
 * A post whose links lead to the web and whose pictures come from there, whatever its platform wrote: an address with another
 * scheme could be a script, in a page, in a feed or in what a program makes of the API. Pictures may carry themselves.
 */
export function withWebAddresses(post: Post): Post {
  const { card, quote, replyTo, share, reactions } = post
  return {
    ...post,
    url: page(post.url),
    copyOf: page(post.copyOf),
    author: person(post.author),
    media: post.media.map(medium),
    card: card && page(card.url) ? { ...card, image: picture(card.image) } : null,
    quote:
      quote?.state === 'shown'
        ? { ...quote, url: page(quote.url), author: person(quote.author), media: quote.media.map(medium) }
        : quote && { ...quote, url: page(quote.url) },
    replyTo: replyTo && { ...replyTo, url: page(replyTo.url), author: replyTo.author && person(replyTo.author) },
    share: share && { ...share, by: person(share.by) },
    reactions: reactions.map((reaction) => ({ ...reaction, image: picture(reaction.image) })),
  }
}

function person(somebody: Person): Person {
  return { ...somebody, url: page(somebody.url), avatar: picture(somebody.avatar) }
}

function medium(one: Media): Media {
  return {
    ...one,
    url: picture(one.url),
    preview: picture(one.preview),
    captions: one.captions.filter(({ url }) => page(url) !== null),
  }
}

function page(address: string | null): string | null {
  return address !== null && /^https?:\/\//i.test(address) ? address : null
}

function picture(address: string | null): string | null {
  return address?.startsWith('data:image/') ? address : page(address)
}
