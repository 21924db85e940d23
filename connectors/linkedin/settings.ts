import { z } from 'zod'

/** What a source of this platform is: the page of an organisation. `name` and `profile`: whose export it is, of which nothing is read. */
export const Settings = z
  .strictObject({
    name: z.string().trim().min(1, 'is empty').optional(),
    /** Their page; the export does not say it. */
    profile: z
      .url({ protocol: /^https?$/, hostname: /(^|\.)linkedin\.com$/, error: 'an address such as https://www.linkedin.com/in/ada' })
      .optional(),
    /** The word in the address of its page, or its number. */
    organization: z.coerce
      .string()
      .trim()
      .regex(/^[\p{L}\p{N}_.&-]{1,100}$/u, 'the word in the address of the page, such as example-lab')
      .transform((word) => word.toLowerCase())
      .optional(),
    /** Of an administrator of the page, with r_organization_social, as env:NAME or file:/path. */
    token: z.string().min(1, 'is empty').optional(),
    /** Of the API, by the month in which it came out; LinkedIn serves each for a year or so. */
    version: z.stringFormat('month', /^20\d\d(0[1-9]|1[0-2])$/, { error: 'a month such as 202605' }).default('202605'),
    /** Filled in by `resolve`: `urn:li:organization:…`, and what the page calls itself. */
    urn: z.string().optional(),
    label: z.string().optional(),
    /** Where a stand-in answers for api.linkedin.com. */
    api: z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }).optional(),
  })
  .superRefine(({ name, organization }, context) => {
    if (name && organization) context.addIssue({ code: 'custom', message: 'has organization, or the name of who exported, and not both' })
    if (!name && !organization) context.addIssue({ code: 'custom', message: 'needs organization: the word in the address of the page' })
  })
export type Settings = z.infer<typeof Settings>

export function nameOf({ name, organization, label }: Settings): string {
  return name ?? label ?? `${organization} on LinkedIn`
}

/** What is missing before it may be read, as a sentence to the owner; null when nothing is. */
export function off({ name, token }: Settings): string | null {
  if (name) return 'This is what somebody exported of their own: nothing is read from LinkedIn itself'
  if (!token)
    return 'Name the token of an administrator of this page, of an app with the Community Management API, in this source: token: env:LINKEDIN_TOKEN'
  return null
}

const PAGE = /^\/(?:company|school|showcase)\/([^/]+)/

/** `https://www.linkedin.com/company/example-lab/`: the page of an organisation. */
export function locate(input: string): Settings | null {
  const word = PAGE.exec(addressOf(input)?.pathname ?? '')?.[1]
  return (word && Settings.safeParse({ organization: decoded(word) }).data) || null
}

export function cannot(input: string): string | null {
  if (!isOurs(input) || locate(input)) return null
  return 'LinkedIn lets programs read only the pages of organisations that you administer: what people post there cannot be followed. A single post can be handed in on /submit'
}

function isOurs(input: string): boolean {
  return addressOf(input) !== null || /^(?:https?:\/\/)?lnkd\.in\//i.test(input.trim())
}

function addressOf(input: string): URL | null {
  const written = input.trim()
  const address = /^(?:[\w-]+\.)?linkedin\.com(?:\/|$)/i.test(written) ? `https://${written}` : written
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
  const url = new URL(address)
  return /^(?:[a-z]{2,3}\.)?linkedin\.com$/i.test(url.hostname) ? url : null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
