import { connectors } from '#connectors/registry'
import { authorsCalled, postNamed, postsAt } from '#db/requests'
import { placeOf, type What } from '#db/withholdings'

/** Somebody or something that words may mean, and how to say it. */
export type Meant = { what: What; called: string }

/**
 * What an owner may mean: a post by its address or ours (`/p/…`), an author by address, handle, name or id, a server or site
 * by its host (with or without a path). The most exact first; several where the words are not clear. Reads all posts.
 */
export async function whomMeans(written: string): Promise<Meant[]> {
  const text = written.trim()
  const [, id] = /^(?:https?:\/\/[^/]+)?\/?p\/(\d{1,15})$/.exec(text) ?? []
  const own = id ? await postNamed({ role: 'owner' }, { id: Number(id) }) : null
  const keys = await Promise.all(
    connectors.flatMap((connector) => {
      const claim = connector.profiles?.whose(text)
      return claim && claim.externalIds.length > 0
        ? [postNamed({ role: 'owner' }, { platform: connector.id, externalIds: claim.externalIds })]
        : []
    }),
  )
  const found = [own, ...keys, ...(/^https?:/i.test(text) ? await postsAt(text) : [])].filter((post) => post !== null)
  if (found.length > 0)
    return unique(
      found.map(({ platform, externalId, url, author }) => ({
        what: { kind: 'post', platform, key: externalId, address: url },
        called: `the post ${url ?? externalId} by ${author.handle || author.name} (${nameOf(platform)})`,
      })),
    )
  const authors = await authorsCalled(text)
  if (authors.length > 0)
    return authors.map(({ platform, author }) => ({
      what: { kind: 'author', platform, key: author.id, address: author.url },
      called: `${author.name} ${author.handle} (${nameOf(platform)}, ${author.id})`,
    }))
  const [place] = placeOf(/^https?:/i.test(text) ? text : `https://${text}`)
  if (!place || !/^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:\/|$)/.test(place)) return []
  return [{ what: { kind: 'server', platform: '', key: place, address: null }, called: `everything at ${place}` }]
}

function unique(meant: Meant[]): Meant[] {
  return meant.filter(
    ({ what }, index) => meant.findIndex((other) => other.what.platform === what.platform && other.what.key === what.key) === index,
  )
}

function nameOf(platform: string): string {
  return connectors.find(({ id }) => id === platform)?.name ?? platform
}
