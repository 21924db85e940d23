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
}

/** What the page says of a platform. A post may outlive its connector: then its own word has to do. */
export function platformOf(id: string): Platform {
  const {
    name = id,
    openLabel = words.openOriginal,
    shareLabel = words.sharedBy,
    answersCalled,
    conversationLayout = null,
  } = connectors.find((connector) => connector.id === id) ?? {}
  const countsAnswers = answersCalled !== undefined
  return { name, openLabel, shareLabel, answersCalled: answersCalled ?? words.reply, countsAnswers, conversationLayout }
}

/** The letter to those who could permit reading a source; null where nobody is to be asked, or they have agreed. */
export function letterFor({ platform, settings, permission, pausedAt }: SourceRow): string | null {
  const connector = connectors.find(({ id }) => id === platform)
  if (!connector?.letter || permission || pausedAt) return null
  const { data } = connector.settings.safeParse(settings)
  return data === undefined ? null : connector.letter(data)
}
