import Irc, { type Client } from 'irc-framework'
import type { Reach } from '../contract.ts'
import { connectorErrorOf } from '../http.ts'
import { pause } from '../live.ts'
import { ConnectorError } from '../trouble.ts'
import { bouncerCaps, reachesBack, watchBouncer } from './bouncer.ts'
import { mayBeKept } from './consent.ts'
import { plainText } from './formatting.ts'
import { askHistory } from './history.ts'
import { fold, NICK } from './names.ts'
import type { Line } from './parse.ts'
import { keepRoster, type OptedOut, type OtherNames, type People } from './roster.ts'
import type { Live } from './settings.ts'
import { openTransport } from './transport.ts'
import { type Heard, standInTime } from './when.ts'

// Over 150 lines, because one connection is one thing: what is heard before it is let in decides what comes after.

/**
 * What waits to be saved: lines; the word that what was missed has been played back, as far as it was; that a bouncer
 * lost the network behind it, and that it is in the channel again.
 */
export type News = { receivedAt: Date } & ({ line: Line } | { settled: { wholeFrom: Date | null } } | { cut: string } | { mended: true })

/** What is known from connections before. */
export type Before = {
  /** Until when all that was said is known. */
  knownUntil: Date | null
  /** Then a bouncer lost the network: what it plays back has the same hole. */
  isCut: boolean
  otherNames: OtherNames
}

/** Somebody took us out of the channel. */
export class PutOut extends ConnectorError {}

/** The channel, as long as the connection lives. */
export type Listening = {
  /** Takes what came, oldest first, no further than the first that is no line; `rest` tells how much stays. */
  take(most: number): { news: News[]; rest: number }
  /** Resolves when there is something to take, when the connection ended, or when time is up. */
  arrival(ms: number): Promise<void>
  /** Everything that the server said before this moment has been received. */
  heardUntil(): Date
  /** Why it ended; null while it lives. */
  ended(): ConnectorError | null
  people: People
  optedOut: OptedOut
  /** Other names of who asked to be left out, for the next connection. */
  otherNames(): OtherNames
  leave(): void
}

/** To be let in, from the first word on; a server under load, or one that looks for an ident, takes its time. */
const LET_IN_MS = 60_000
/** To say that it has said all. A server that does not answer a PING soon has other troubles. */
const SETTLE_MS = 15_000
/** More than this unsaved is a runner that does not keep up. */
const MOST_UNSAVED = 10_000
const MARK = 'backplane-joined'
const OTHER_NICKS = 3
const GOODBYE_MS = 1000
/** What is not to be waited out, in a server's own words: bans and closed doors. */
const SHUT = /\b(?:k-?line|g-?line|z-?line|banned|not permitted|sasl access only|password)/i

/**
 * Connects, logs in, joins, and resolves once the channel is heard. Rejects with ConnectorError: `refused` for what its
 * owner has to mend. An account that is asked for and not logged in to is never passed over: the channel is not joined.
 * @param before what the server plays back may fill what came after it
 */
export async function joinChannel(
  settings: Live,
  before: Before,
  since: Date,
  { http, signal, now = () => new Date() }: Reach,
): Promise<Listening> {
  const { knownUntil } = before
  const { server, channel, account } = settings
  if (!settings.tls && !http.guard.trusts(server))
    throw new ConnectorError('refused', `${server} would be spoken to in clear: remove tls: false, or name it in TRUSTED_HOSTS`)
  http.guard.check(`https://${server.includes(':') ? `[${server}]` : server}/`)
  const { transport, heard } = openTransport({ ...settings, guard: http.guard, now })
  const client = new Irc.Client()
  const roster = keepRoster(settings.optOut, before.otherNames)
  const { promise: letIn, resolve, reject } = Promise.withResolvers<void>()
  const clock = standInTime()
  let news: News[] = []
  let wake = () => {}
  let loggedIn = false
  let isOurs = false
  let isCut = false
  let end: ConnectorError | null = null

  const fail = (error: ConnectorError) => {
    end ??= error
    reject(end)
    wake()
  }
  const giveUp = (error: ConnectorError) => {
    fail(error)
    client.quit('')
  }
  const sorry = (trouble: 'refused' | 'unavailable', words: string) => giveUp(new ConnectorError(trouble, words))
  const push = (one: News) => {
    if (news.length >= MOST_UNSAVED) return sorry('unavailable', `${server} said more than could be saved`)
    news.push(one)
    wake()
  }
  const lost = () => {
    if (isCut) return
    isCut = true
    push({ cut: `${server} is a bouncer and lost its connection to the network`, receivedAt: now() })
  }
  const mend = () => {
    if (!isCut || !isOurs) return
    isCut = false
    push({ mended: true, receivedAt: now() })
  }
  const hear = (said: Heard) => {
    if (!said.playback) mend()
    roster.seen(said.nick, said.account)
    // Decided before it stands anywhere.
    if (!mayBeKept(said, roster.optedOut, settings.relays) || plainText(said.text) === '') return
    for (const line of clock.tell(said)) push({ line, receivedAt: said.receivedAt })
  }

  const isHere = (name: string | undefined) => name !== undefined && fold(name) === fold(channel)
  const isMe = (nick: string) => fold(nick) === fold(client.user.nick)
  const tells = (name: string) => client.network.cap.isEnabled(name)

  watchBouncer(client, lost)
  client
    .on('loggedin', () => {
      loggedIn = true
    })
    .on('sasl failed', ({ reason, message }) => {
      const wrong = reason === 'fail' || reason === 'nick_locked' || reason === 'too_long'
      const why = wrong ? (message ?? reason) : 'it offers no login with SASL PLAIN now'
      sorry(wrong ? 'refused' : 'unavailable', `${server} did not log in the account ${account}: ${why}`)
    })
    .on('registered', () => {
      if (account && !loggedIn) sorry('unavailable', `${server} let us in without logging in the account ${account}, so nothing was joined`)
      else client.join(channel)
    })
    .on('nick in use', takeAnotherNick(client, settings, sorry))
    .on('nick invalid', ({ nick, reason }) => sorry('refused', `${server} does not take the nick ${nick}: ${reason}`))
    .on('join', ({ nick, channel: joined, account: theirs }) => {
      if (!isHere(joined)) return
      if (!isMe(nick)) return roster.seen(nick, tells('extended-join') ? theirs || null : null)
      if (isOurs) return mend()
      isOurs = true
      wasCut ||= isCut
      isCut = false
      clock.joined(now())
      resolve()
      // Answered once all that joining brings has been said: it tells playback from talk, and whose clock is wrong.
      client.ping(MARK)
      settling = setTimeout(settle, SETTLE_MS)
    })
    .on('userlist', ({ channel: listed, users }) => {
      if (isHere(listed)) for (const { nick } of users) roster.seen(nick)
    })
    .on('nick', ({ nick, new_nick }) => roster.renamed(nick, new_nick))
    .on('account', ({ nick, account: theirs }) => roster.seen(nick, theirs || null))
    .on('part', ({ nick, channel: left }) => {
      if (isHere(left) && isMe(nick)) sorry('unavailable', `we were taken out of ${channel}`)
    })
    .on('kick', ({ kicked, nick, channel: from, message }) => {
      if (isHere(from) && isMe(kicked))
        giveUp(new PutOut('unavailable', `${nick} put us out of ${channel} (${message}): ask its operators whether a log is welcome there`))
    })
    .on('irc error', ({ error, reason = error, channel: where }) => {
      if (where !== undefined && isHere(where))
        sorry(error === 'channel_is_full' ? 'unavailable' : 'refused', `${channel} cannot be joined: ${reason}`)
      else if (error === 'password_mismatch' || error === 'banned_from_network') sorry('refused', `${server} does not let us in: ${reason}`)
      else if (error === 'irc')
        fail(new ConnectorError(SHUT.test(reason) ? 'refused' : 'unavailable', `${server} closed the connection: ${reason}`))
    })
    .on('channel_redirect', ({ to }) => sorry('refused', `${channel} sends who joins it on to ${to}: name that one if it is meant`))
    .on('unknown command', ({ command, params }) => {
      // 477, "need registered nick"; 489, "secure only": numerics that the library does not name.
      if (['477', '489', '520', '437'].includes(command) && params.some(isHere))
        sorry('refused', `${channel} cannot be joined: ${params.at(-1)}`)
    })
    .on('pong', ({ message, time }) => {
      if (time !== undefined) clock.serverSays(time, now())
      if (message === MARK) settle()
    })
    .on('close', () => fail(connectorErrorOf(heard.error ?? 'the connection ended', server)))

  for (const kind of ['privmsg', 'action', 'notice'] as const)
    client.on(kind, ({ nick, target, group, message, tags, time, account: theirs, batch }) => {
      // A server's words, a bouncer's own (***), what is said to operators only, and what is said in private: not ours.
      if (!nick || !NICK.test(nick) || group || !isHere(target)) return
      const known = tells('account-tag') ? (theirs ?? null) : (roster.people[fold(nick)] ?? null)
      hear({
        kind: kind === 'privmsg' ? 'message' : kind,
        nick,
        account: known,
        text: message,
        msgid: tags.msgid || null,
        answers: tags['+reply'] || tags['+draft/reply'] || null,
        bot: 'bot' in tags,
        told: time,
        receivedAt: now(),
        playback: batch !== undefined && /playback|chathistory/.test(batch.type),
      })
    })
  client.on('topic', ({ nick, channel: where, topic, time, tags }) => {
    // Without a nick it is the topic that stands there already.
    if (!nick || !NICK.test(nick) || !isHere(where)) return
    const known = roster.people[fold(nick)] ?? null
    hear({
      kind: 'topic',
      nick,
      account: known,
      text: topic,
      msgid: tags.msgid || null,
      answers: null,
      bot: false,
      told: time,
      receivedAt: now(),
      playback: false,
    })
  })

  let settling: NodeJS.Timeout | undefined
  let wasCut = before.isCut
  let isSettled = false
  /** What joining brought has come; what the server keeps besides is asked for. */
  async function settle(): Promise<void> {
    if (isSettled) return
    isSettled = true
    clearTimeout(settling)
    for (const line of clock.settle()) push({ line, receivedAt: now() })
    const joinedAt = clock.joinedAt()
    const asked = knownUntil && knownUntil > since ? knownUntil : since
    const whole = await askHistory(client, channel, asked, () => end !== null)
    const oldest = clock.oldestPlayed()
    const bridges = !wasCut && (whole || (knownUntil !== null && reachesBack(client, clock.played(), oldest, knownUntil)))
    const wholeFrom = bridges ? asked : knownUntil === null && oldest ? oldest : joinedAt
    push({ settled: { wholeFrom: isCut ? null : wholeFrom }, receivedAt: now() })
  }

  const leave = () => {
    clearTimeout(settling)
    client.quit('')
    setTimeout(() => transport.disposeSocket(), GOODBYE_MS).unref()
  }
  const abort = () => fail(new ConnectorError('unavailable', 'asked to stop'))
  signal.addEventListener('abort', abort, { once: true })
  const late = setTimeout(() => {
    const why = isCut ? 'is a bouncer without its connection to the network' : `did not let us into ${channel} in time`
    fail(new ConnectorError('unavailable', `${server} ${why}`))
  }, LET_IN_MS)
  connect(client, settings, http.userAgent, transport)
  if (signal.aborted) abort()
  try {
    await letIn
  } catch (error) {
    leave()
    throw error
  } finally {
    clearTimeout(late)
  }

  return {
    take(most) {
      const sign = news.findIndex((one) => !('line' in one))
      const count = Math.min(most, sign < 0 ? most : sign + 1)
      const taken = news.slice(0, count)
      news = news.slice(count)
      return { news: taken, rest: news.length }
    },
    arrival: (ms) =>
      news.length > 0 || end
        ? Promise.resolve()
        : pause(ms, signal, (resume) => {
            wake = resume
          }),
    heardUntil: () => heard.until,
    ended: () => end,
    people: roster.people,
    optedOut: roster.optedOut,
    otherNames: roster.otherNames,
    leave() {
      signal.removeEventListener('abort', abort)
      leave()
    },
  }
}

function connect(client: Client, settings: Live, gecos: string, transport: ReturnType<typeof openTransport>['transport']): void {
  const { server, port, nick = '', account, password } = settings
  // It is called with `new`, and gives what is here already.
  function ours() {
    return transport
  }
  client.requestCap(['draft/chathistory', 'chathistory', ...bouncerCaps])
  client.connect({
    host: server,
    port,
    tls: settings.tls,
    nick,
    username: 'backplane',
    // Libera wants a program to say that it is one, and whose.
    gecos,
    account: account ? { account, ...(password && { password }) } : {},
    ...(!account && password && { password }),
    sasl_disconnect_on_fail: true,
    version: false,
    auto_reconnect: false,
    enable_chghost: true,
    ping_interval: 30,
    ping_timeout: 120,
    transport: ours as unknown as new () => typeof transport,
  })
}

function takeAnotherNick(client: Client, { nick = '', server }: Live, sorry: (trouble: 'unavailable', words: string) => void) {
  let tried = 0
  return () => {
    if (++tried > OTHER_NICKS) return sorry('unavailable', `${server} has somebody else under the nick ${nick}`)
    client.changeNick(nick + '_'.repeat(tried))
  }
}
