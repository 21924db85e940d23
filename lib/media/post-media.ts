import { withPicturesAt } from '#connectors/html'
import type { Card, Media, Person, Quote, Share } from '#db/post'
import type { PostWithMedia } from '#db/post-with-media'

/** Where a medium is fetched from instead; called with absolute http(s) addresses only. */
export type At = (url: string) => string

/**
 * The post with every picture, film, sound and caption in it at another address. Files to download keep theirs: they are
 * links that a reader follows knowingly. The one list of where a post names media: what is drawn and what the proxy
 * serves cannot differ.
 */
export function withMediaAt<P extends PostWithMedia>(post: P, at: At): P {
  const moved = movedBy(at)
  return {
    ...post,
    author: personAt(post.author, at),
    html: withPicturesAt(post.html, at),
    warningHtml: post.warningHtml && withPicturesAt(post.warningHtml, at),
    media: post.media.map((medium) => mediumAt(medium, at)),
    card: cardAt(post.card, at),
    poll: post.poll && {
      ...post.poll,
      options: post.poll.options.map((option) => ({ ...option, html: option.html && withPicturesAt(option.html, at) })),
    },
    quote: quoteAt(post.quote, at),
    share: shareAt(post.share, at),
    sightings: post.sightings.map((sighting) => (sighting.share ? { ...sighting, share: shareAt(sighting.share, at) } : sighting)),
    reactions: post.reactions.map((reaction) => ({ ...reaction, image: moved(reaction.image) })),
  }
}

/** Every address that a post names media by. */
export function mediaOf(post: PostWithMedia): Set<string> {
  const urls = new Set<string>()
  withMediaAt(post, (url) => {
    urls.add(url)
    return url
  })
  return urls
}

/** Addresses of the web are moved; `data:` and what is here already stay. */
function movedBy(at: At) {
  return (url: string | null) => (url && /^https?:\/\//i.test(url) && URL.canParse(url) ? at(url) : url)
}

function mediumAt(medium: Media, at: At): Media {
  if (medium.kind === 'file') return medium
  const moved = movedBy(at)
  return {
    ...medium,
    url: moved(medium.url),
    preview: moved(medium.preview),
    captions: medium.captions.map((caption) => ({ ...caption, url: moved(caption.url) ?? caption.url })),
  }
}

function personAt(person: Person, at: At): Person {
  if (!person.avatar && !person.nameHtml) return person
  return { ...person, avatar: movedBy(at)(person.avatar), nameHtml: person.nameHtml && withPicturesAt(person.nameHtml, at) }
}

function cardAt(card: Card | null, at: At): Card | null {
  return card?.image ? { ...card, image: movedBy(at)(card.image) } : card
}

function shareAt(share: Share | null, at: At): Share | null {
  return share && { ...share, by: personAt(share.by, at) }
}

function quoteAt(quote: Quote | null, at: At): Quote | null {
  if (quote?.state !== 'shown') return quote
  return {
    ...quote,
    author: personAt(quote.author, at),
    html: withPicturesAt(quote.html, at),
    warningHtml: quote.warningHtml && withPicturesAt(quote.warningHtml, at),
    media: quote.media.map((medium) => mediumAt(medium, at)),
  }
}

/** What a browser does not ask anybody for; a picture that is this is its description. */
const NOTHING = 'data:,'

/** The post without what loads by itself: pictures in its text and names, the card's. Its media stay, to be asked for. */
export function withoutMediaUnasked<P extends PostWithMedia>(post: P): P {
  const bare = withMediaAt(post, () => NOTHING)
  const card = bare.card && { ...bare.card, image: null }
  const quote = bare.quote?.state === 'shown' && post.quote?.state === 'shown' ? { ...bare.quote, media: post.quote.media } : bare.quote
  return { ...bare, media: post.media, card, quote, author: { ...bare.author, avatar: null } }
}
