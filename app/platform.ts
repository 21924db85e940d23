import { connectors } from '#connectors/registry'
import type { SourceRow } from '#db/sources'
import { postStrings as words } from './strings/post.ts'

export type Platform = {
  name: string
  openLabel: string
  shareLabel: string
  answersCalled: readonly [string, string]
  /** People look for the number of answers, also where it is not known. */
  countsAnswers: boolean
  conversationLayout: 'chat' | 'thread' | null
  /** With the author's picture, and nothing of another network within its card. */
  shownAsIs: boolean
  /** A person handed it in, and its times are as they say. */
  submitted: boolean
  /** The network that it is of, where that is another than the platform: marks and colours are chosen by it. */
  network?: string
}

/**
 * What the page says of a platform, and of a post of it by its `url`, where people hand in what is of several networks. A post
 * may outlive its connector: then its own word has to do.
 */
export function platformOf(id: string, url: string | null = null): Platform {
  const {
    name = id,
    openLabel = words.openOriginal,
    shareLabel = words.sharedBy,
    answersCalled,
    conversationLayout = null,
    submitted,
    shownAsIs = false,
  } = connectors.find((connector) => connector.id === id) ?? {}
  const countsAnswers = answersCalled !== undefined
  const network = url === null ? null : submitted?.of(url)
  return {
    ...{ name, openLabel, shareLabel, answersCalled: answersCalled ?? words.reply, countsAnswers, conversationLayout, shownAsIs },
    ...(network && { name: network.name, openLabel: network.openLabel, network: network.id }),
    submitted: submitted !== undefined,
  }
}

/** The letter to those who could permit reading a source; null where nobody is to be asked, or they have agreed. */
export function letterFor({ platform, settings, permission, pausedAt }: SourceRow): string | null {
  const connector = connectors.find(({ id }) => id === platform)
  if (!connector?.letter || permission || pausedAt) return null
  const { data } = connector.settings.safeParse(settings)
  return data === undefined ? null : connector.letter(data)
}
