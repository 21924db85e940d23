import { z } from 'zod'

/**
 * What a reader chose: settings, stars, mutes, saved views and colours. Read leniently: what is not understood (an older or newer
 * program wrote it, or a hand) is its default or is left out, so that a page never fails for it.
 */

/** An account: `<platform>:<the platform's own key of the account>`, as the lanes of a filter name it. */
export type AccountKey = string

const name = z
  .string()
  .max(1000)
  .transform((said) => said.replace(/\s+/g, ' ').trim().slice(0, 80))
const key = z.string().trim().min(1).max(300)

/** Items that are understood, at most so many: a list that was tampered with costs no page its time. */
function listOf<T>(item: z.ZodType<T>, most: number) {
  return z
    .array(z.unknown())
    .catch([])
    .transform((given) =>
      given
        .flatMap((one) => {
          const read = item.safeParse(one)
          return read.success ? [read.data] : []
        })
        .slice(0, most),
    )
}

const Settings = z.object({
  theme: z.enum(['system', 'light', 'dark', 'contrast']).catch('system'),
  density: z.enum(['comfortable', 'compact']).catch('comfortable'),
  /** Hours in a day of the clock. */
  clock: z.enum(['24', '12']).catch('24'),
  /** IANA; empty for the browser's own. */
  zone: z.string().max(64).catch(''),
  /** Where the timeline opens. */
  opening: z.enum(['newest', 'last-position', 'oldest-first']).catch('newest'),
  /** Whether numbers of unread posts are shown. */
  counts: z.boolean().catch(true),
  /** Pictures and films through this instance, straight from where they are kept, or not at all. */
  media: z.enum(['proxy', 'direct', 'off']).catch('proxy'),
  /** Whether single keys do things. */
  keys: z.boolean().catch(true),
})
export type Settings = z.infer<typeof Settings>

/** A person's key is an AccountKey, a source's its id. */
const Star = z.object({ what: z.enum(['person', 'source']), key, name })
export type Star = z.infer<typeof Star>

export const muteKinds = ['word', 'person', 'source', 'flair', 'tag'] as const

const Mute = z.object({
  /** `word` is a word or a phrase. */
  what: z.enum(muteKinds),
  /** Of a person every account that is known to be theirs (AccountKey); of the rest one: the word, the source's id, the flair, the tag without `#`. */
  keys: z.array(key).min(1).max(20),
  /** As it is shown: `exascale`, `Ada Example`. */
  name,
  /** null: for ever. */
  until: z.union([z.null(), z.coerce.date()]),
  /** Not shown at all, rather than folded with the reason. */
  hard: z.boolean(),
})
export type Mute = z.infer<typeof Mute>

/** So many are told apart at a glance, on light and on dark paper. */
export const nameColors = ['red', 'amber', 'green', 'teal', 'blue', 'violet'] as const

const Color = z.object({
  /** Every account that is known to be the person's. */
  keys: z.array(key).min(1).max(20),
  name,
  color: z.enum(nameColors),
})
export type Color = z.infer<typeof Color>

/** A filter that was given a name. `address` is the timeline's own, from its question mark on: `?platform=feed`. */
const View = z.object({ name: name.pipe(z.string().min(1)), address: z.string().max(2000).startsWith('?') })
export type View = z.infer<typeof View>

export const Preferences = z.object({
  settings: z.preprocess((given) => given ?? {}, Settings).catch(() => Settings.parse({})),
  stars: listOf(Star, 500),
  mutes: listOf(Mute, 300),
  views: listOf(View, 100),
  /** In which colour the names of people are written. */
  colors: listOf(Color, 100),
})
export type Preferences = z.infer<typeof Preferences>

/** Who chose nothing. */
export const defaultPreferences: Preferences = Preferences.parse({})

/** The key of an account over all platforms. */
export function accountKey(platform: string, authorId: string): AccountKey {
  return `${platform}:${authorId}`
}
