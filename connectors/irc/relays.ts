import { plainText } from './formatting.ts'
import { fold } from './names.ts'

/** Programs that carry another place's chat into a channel, by the nicks that they have unless somebody names them otherwise. */
const KNOWN = /^(?:slackbot|slack-irc|slackirc|slackbridge|matterbridge|matrix-bridge|discord-irc|discordbridge|teleirc|tg2irc)[\d_`|]*$/

const CODES = String.raw`(?:\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f])*`

/** What a relay says: `<alice> hello`, `[slack] <alice> hello`, and both in any colours. */
const RELAYED = new RegExp(
  String.raw`^${CODES}(?:\[([^\]\n]{1,40})\]${CODES} ?)?${CODES}<${CODES}[@+%~]?([^<>\n]{1,60})>${CODES} ${CODES}([\s\S]+)$`,
  'i',
)

/** Relays put these into nicks, so that nobody is called who is in both places. */
const INVISIBLE = /[\u200b-\u200d\u2060\ufeff]/g

/** A line, as far as it tells who speaks. `via`: the place that a relay names, else the relay itself. */
export type Relayed = { nick: string; text: string; via: string }

/**
 * Who really speaks where a relay speaks for somebody, and what. null for everybody else's lines: a person who writes
 * `<bob> hi` quotes Bob.
 * @param relays nicks or accounts that the source names as relays, besides those that are known by their nicks
 */
export function relayed(
  line: { nick: string; account?: string | null | undefined; text: string },
  relays: readonly string[] = [],
): Relayed | null {
  const named = new Set(relays.map(fold))
  const isRelay = KNOWN.test(fold(line.nick)) || named.has(fold(line.nick)) || (line.account && named.has(fold(line.account)))
  const [, place, shown = '', text] = (isRelay && RELAYED.exec(line.text)) || []
  const nick = plainText(shown).replace(INVISIBLE, '').trim()
  if (nick === '' || text === undefined || plainText(text) === '') return null
  return { nick, text, via: place ? plainText(place).trim() || line.nick : line.nick }
}
