import type { z } from 'zod'
import type { Audience, AuthorEvent, NetworkAddresses, Permission, Post, Speaker, Unreadable } from '#db/post'
import type { Http } from './http.ts'

/** Where a source stands: whatever its connector wants back next time. JSON, opaque to everybody else. */
export type Cursor = { [key: string]: unknown }

/** One step of a read. It is saved, with its cursor, in one transaction before the next one is asked for. */
export type Batch = {
  /** New or changed, in any order; an edit is the same externalId again. */
  posts: Post[]
  /** externalIds that are gone (of posts, or of boosts): blanked, and never to come back. */
  deleted: string[]
  authors: AuthorEvent[]
  /** The span that this batch proves was seen whole; holes between spans are gaps. */
  covered: { from: Date; to: Date } | null
  unreadable: Unreadable[]
  /** Moves past everything seen, unreadable items included. */
  cursor: Cursor | null
  /** Where the source is now, for good: its entry had better say so. */
  movedTo?: string
  /** The platform asks not to be read more often than this (RSS ttl, Cache-Control, a rate limit). */
  everySeconds?: number
  /** The source is reachable, but says of itself something that the owner should know, in a sentence. */
  notice?: string
  /** Secrets that the platform gave in the place of these settings' own, by the settings' names: written where those are kept. */
  renewed?: { [setting: string]: string }
}

/**
 * How much may still be read today (UTC) of a platform that is paid for each thing that is read. It is asked before a request
 * for as many as may come, over all workers, so that a crash rather counts too much; what did not come is put back.
 */
export type Purse = {
  /** How many of these may be read; what it says is taken. */
  take(most: number): Promise<number>
  putBack(unused: number): Promise<void>
}

/** What every connector is handed to reach its platform, and nothing else: no database, no scheduler. */
export type Reach = {
  http: Http
  signal: AbortSignal
  /** The time that all machines agree on, for what is said to be covered; without it, this one's. */
  now?: () => Date
  /** Hears each step of a look-up, in a sentence without its full stop: a person waits, and wants to know what is done. */
  step?: (words: string) => void
  /** For a connector with a `budget`; where there is none, nothing is read. */
  purse?: Purse
}

export type Run<Settings> = Reach & {
  settings: Settings
  /** Who allowed reading this place, and when, where its people or rules want to be asked. */
  permission: Permission | null
  cursor: Cursor | null
  /** A first read goes back to this time or this many posts, whichever comes first. Later ones stop at what is known. */
  backfill: { since: Date; posts: number }
  /** Seconds between polls, for a stream that falls back to polling. */
  everySeconds: number
  /**
   * Tells whether the source is live now, polled, or `away`: not live, and without anything else to be read by. The
   * reason says why a live source is not.
   */
  mode(mode: 'live' | 'polled' | 'away', reason?: string): void
  /** Tells, in a live read, that REST was read up to now; a poll says it by returning. */
  caughtUp(): void
}

/** How a network is shown that is not read: as a connector's own marks are. */
export type Network = Pick<Connector, 'id' | 'name' | 'mark' | 'color' | 'openLabel'>
/** What a person may have meant. `likely`: more than that it is a web page. */
export type Guess<Settings> = { settings: Settings; likely: boolean }

/** What a source will not bring, and what to do about it where something can be done. */
export type Lack = { what: string; steps: string[] }

/** What an owner wants to know of a platform before there is a source of it. Sentences. */
export type Setup<Settings> = {
  /** What is read without an account and without anybody's leave. */
  works: string
  /** The lawful ways to what that leaves out, the cheapest first, with what they cost. */
  ways: { what: string; cost: string; steps: string[] }[]
  /** Who is to be asked, where the letter goes, and what it is about where there is no such source yet. */
  ask?: { whom: string; where: string | null; letter(settings: Settings): string; about: Settings }
}

/** Many sources in one file, as a reader or a community keeps them. */
export type Lists<Settings> = {
  /** The address of such a file, from what a person pasted; null where it is none. Pure. */
  at(input: string): string | null
  /** What such a file lists; null where it is none. Pure. */
  read(text: string): { name: string | null; settings: Settings }[] | null
}

/** Somebody who vouches for readers of a community, over OpenID Connect (https://openid.net/specs/openid-connect-core-1_0.html). */
export type SignInProvider = {
  /** In addresses and in the database. */
  id: string
  /** As the button says it: “Sign in with …”. */
  name: string
  /** Its metadata are at `/.well-known/openid-configuration` below. */
  issuer: string
  clientId: string
  clientSecret: string
  /** Asked for beside openid, profile and email. */
  scopes?: readonly string[]
  /** Whether who is described by these verified claims belongs to this community. */
  belongs(claims: { [claim: string]: unknown }): boolean
  /**
   * Whether a person, by their `sub`, still belongs; null where that cannot be told now. Asked once a day. Without it the provider
   * is asked with the tokens that it gave them.
   */
  stillBelongs?(subject: string, reach: Reach): Promise<boolean | null>
}

export type Connector<Settings = unknown, Native = unknown, Context = unknown> = {
  /** Folder name = `platform` column = word in the URL filter = key in sources.yaml. */
  id: string
  /** What a reader calls the platform. */
  name: string
  /** A 24 × 24 drawing: the `d` of its path; `stroked` marks are drawn as lines 2.4 wide. */
  mark: { path: string; stroked?: boolean }
  /** Text colours on light and dark paper, at least 4.5:1 on both. Marks and labels only. */
  color: { light: string; dark: string }
  /** Label of the link to the original: "Open on Bluesky". */
  openLabel: string
  /** What stands before who passed a post on: "Boosted by"; "Reposted by" where it does not say. */
  shareLabel?: string
  /**
   * What its people call one answer, and many: "comment", "comments"; "reply", "replies" where it does not say. Where it
   * does, people look for their number: it leads to them, and is a dash where a way in does not tell it.
   */
  answersCalled?: readonly [string, string]
  /** How links to its pages are written, where several of them lead to one page. */
  addresses?: NetworkAddresses
  /**
   * How its conversations are drawn: lines under each other, or a first post with answers. Where it does not say, what
   * is said as messages is chat, and what is said as posts a thread.
   */
  conversationLayout?: 'chat' | 'thread'
  /**
   * Its posts are links that people hand in: their times are as stated, and nothing is known of what became of them. Where
   * one leads to a network of these, it is shown by that one's name and mark.
   */
  submitted?: { networks: readonly Network[]; of(url: string): Network | null }
  /**
   * Reading it costs money, or takes an app and people's own tokens: nothing is read, nor offered to who pastes a link, before
   * the owner switched it on (`SWITCHED_ON` names it). Sentences without their full stop; `instead`: what costs nothing.
   */
  switched?: { price: string; limits: string; instead: string }
  /** The most that is paid for in a day (UTC), of new posts and of asking what became of old ones. Pure. */
  budget?(settings: Settings): { reads: number; rechecks: number }
  /**
   * Its rules want posts shown as they are: with the author's picture, links as it gave them out, and nothing of another
   * network within the card.
   */
  shownAsIs?: true
  /** Seconds between polls where the source does not say. */
  everySeconds: number
  /** The same where it depends on the settings: who has a credential may ask more often. Pure. */
  everySecondsWith?(settings: Settings): number
  settings: z.ZodType<Settings>
  /** "Paste any link": what a person would paste → settings, or null when it is not this platform's. No network. */
  locate(input: string): Settings | null
  /** What these settings follow, as a person would say it: "a Bluesky feed", "a subreddit". Pure. */
  kind?(settings: Settings): string
  /**
   * What a person may have meant of this platform by what `locate` leaves open: a bare name, a domain, a hashtag. The
   * best first. `known`: the settings of this platform's sources here, on whose servers a name is looked for. Pure.
   */
  mayMean?(input: string, known: Settings[]): Guess<Settings>[]
  /** Why something of this platform can be no source, in a sentence: a private message, a search. Pure. */
  cannot?(input: string): string | null
  /** How its people sign in here, where the environment says so; null where it does not. Throws `refused` where it says half of it. */
  signIn?(env: { [name: string]: string | undefined }): SignInProvider | null
  /** Hosts that its links have, by which a mistyped one is known. */
  hosts?: readonly string[]
  /** What these settings will not bring. Pure. */
  lacks?(settings: Settings): Lack[]
  setup?: Setup<Settings>
  lists?: Lists<Settings>
  /** What to call a source with these settings, in the community's own way of naming: "#hpc on fosstodon.org". */
  describe(settings: Settings): string
  /** The host that answers, so that no host sees two requests at once. */
  host(settings: Settings): string
  /** Whether these settings can be followed live; `read` then goes on until aborted. */
  live?(settings: Settings): boolean
  /**
   * What is missing before this source may be read at all, as one sentence to its owner that says what to do: a nick,
   * a token, somebody's permission. null when it may be read. Pure.
   */
  off?(settings: Settings, permission: Permission | null): string | null
  /**
   * Who asked to be left out of what these settings read: whether something that was said is theirs, also under another
   * name that `said` shows to be theirs. It is asked of what is here already; what comes is the connector's to leave out.
   * `said`: all who spoke, in all places of the platform. null when nobody asked. Pure.
   */
  leftOut?(settings: Settings, said: Speaker[]): ((speaker: Speaker) => boolean) | null
  /**
   * Where nobody has a profile, but the network itself says as whom somebody is logged in: an account by the way its people
   * name it, which proves itself by what is said under it. `where` stands after “Say this code”. Pure.
   */
  loggedIn?: { where: string; whose(input: string): { id: string; handle: string } | null }
  /** Where people say something of themselves, so that whose an account or site is can be proved; without it an owner decides. */
  profiles?: Profiles<Settings>
  /** A letter, in plain text to copy, that asks those whose leave this source needs. Pure; holds no secret. */
  letter?(settings: Settings): string
  /** Who may see what this source shows, where that is not for each post to say: a private room, an unlogged channel. Pure. */
  audience?(settings: Settings, permission: Permission | null): Audience
  /** Days after which its posts are deleted here, unless the source says otherwise; without it they stay. */
  keepDays?: number
  /** What a person has on disk of the platform: logs, an export. */
  archive?: Archive<Settings>
  /** Looks up what a person does not know: handle → DID, page → feed. Run once, and again when settings change. */
  resolve?(settings: Settings, reach: Reach): Promise<Settings>
  /** One native item to one post. Pure: no network, clock or database. Throws what it cannot read. */
  parse(native: Native, context: Context): Post
  /** Yields batches. Returns when caught up (poll), or goes on until aborted (live). Throws ConnectorError. */
  read(run: Run<Settings>): AsyncIterable<Batch>
  /**
   * What became of posts since: `posts` carry their present state, `deleted` are gone.
   * `recheckLimit` externalIds at most in a call.
   */
  recheck?(externalIds: string[], run: Reach & { settings: Settings }): Promise<{ posts: Post[]; deleted: string[] }>
  recheckLimit?: number
  /**
   * Calls of `recheck` an hour, over all sources of the platform: the part of its limits that is left for it. 0: its limits
   * or its price forbid it, so that bodies are kept for two days only. null: nobody need be asked, since it is somebody's own
   * export. Goes with `recheck`.
   */
  rechecksPerHour?(settings: Settings): number | null
}

export type Profiles<Settings> = {
  /** Where a code goes that proves it, after “Put this code”: “into the description of your Bluesky profile”. */
  where: string
  /** Whether what is proved is a site with all that stands below it, rather than an account. */
  ofSites?: boolean
  /** Whether profiles here have links, so that a page which one leads to may prove it, too. */
  haveLinks?: boolean
  /** An address or a name that a person would paste of theirs, or of a post of theirs; null when it is not this platform's. Pure. */
  whose(input: string): Claim | null
  /**
   * What stands there now: read from whom the name belongs to, and from nobody else. null when there is no such account.
   * `settings` are those of a source of this platform, which may have credentials. Throws ConnectorError.
   */
  read(who: string, run: Reach & { settings: Settings | null }): Promise<Profile | null>
}

/** `who`: what `read` takes, null where an address of a post does not say; `externalIds`: keys that the post may have. */
export type Claim = { who: string | null; externalIds: string[] }

/** `key`: the id of its posts' author, or host and path of a site; `words`: all in which a code is looked for. */
export type Profile = {
  key: string
  handle: string
  url: string
  words: string
  /** Where it links to; `verified`: its platform saw that the page links back (`rel=me`). */
  links?: { url: string; verified: boolean }[]
  /** Other addresses that are the account's own: the domain that is its name. */
  pages?: string[]
}

/** `npm run import -- [platform] <files…> --option value`. Reading the same files again changes nothing. */
export type Archive<Settings> = {
  /** One line: which files, which options. */
  usage: string
  /** What the options (as given, all text) say; throws ConnectorError `refused` that names what is missing or wrong. */
  settings(options: { [name: string]: string }): Settings
  /**
   * Whether these are files of this platform, by the first of them; then what they say of themselves, as options that need
   * not be given. null: they are not. Throws ConnectorError where they cannot be read at all.
   */
  recognise(paths: string[]): Promise<Recognised>
  /**
   * Reads the files in order, in batches that a transaction takes. The cursor of a batch lets a later import of the
   * same files resume behind it. It may be asked for a batch while the one before it is saved, and lets go of the
   * processor now and then (`breathing`), so that saving goes on. `progress` is told bytes read, of all.
   */
  read(run: ArchiveRun<Settings>): AsyncIterable<Batch>
}

export type Recognised = { [option: string]: string } | null

export type ArchiveRun<Settings> = {
  paths: string[]
  settings: Settings
  permission: Permission | null
  cursor: Cursor | null
  signal: AbortSignal
  progress(bytesRead: number, bytesInAll: number): void
}
