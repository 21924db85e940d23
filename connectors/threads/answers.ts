import { z } from 'zod'

/** What is asked for of each post. https://developers.facebook.com/docs/threads/threads-media */
const OWN =
  'id,media_product_type,media_type,media_url,permalink,owner,username,text,timestamp,shortcode,thumbnail_url,alt_text,link_attachment_url,gif_url,topic_tag,is_spoiler_media,text_entities,text_attachment,poll_attachment,is_reply'
const CHILD = 'id,media_type,media_url,thumbnail_url,alt_text'
const QUOTED = 'id,username,permalink,text,timestamp,media_type'

export const FIELDS = `${OWN},is_quote_post,quoted_post{${QUOTED}},reposted_post{${QUOTED}},replied_to{id},root_post{id},children{${CHILD}}`

const address = z
  .url({ protocol: /^https?$/ })
  .optional()
  .catch(undefined)
const words = z.string().optional().catch(undefined)
const Kind = z.string().catch('')

const Child = z.object({ id: z.string(), media_type: Kind, media_url: address, thumbnail_url: address, alt_text: words })
export type Child = z.infer<typeof Child>

/** `+0000` at the end, without the colon that dates have elsewhere. */
export const instant = z.string().transform((written, context) => {
  const at = new Date(written.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  if (!Number.isNaN(at.getTime())) return at
  context.addIssue({ code: 'custom', message: `“${written}” is no time` })
  return z.NEVER
})

/** A post that another one leads to: its id alone, where nothing more may be told. */
const Other = z
  .object({ id: z.string(), username: words, permalink: address, text: words, timestamp: instant.optional().catch(undefined) })
  .optional()
  .catch(undefined)

const Poll = z.object({
  option_a: z.string(),
  option_b: z.string(),
  option_c: words,
  option_d: words,
  option_a_votes_percentage: z.number().optional(),
  total_votes: z.int().optional(),
  expiration_timestamp: z.string().optional(),
})

export const Medium = z.object({
  id: z.string().min(1),
  media_type: Kind,
  media_url: address,
  /** Left out for what may infringe a copyright. */
  permalink: address,
  username: z.string().min(1),
  owner: z.object({ id: z.string() }).optional().catch(undefined),
  text: words,
  timestamp: instant,
  thumbnail_url: address,
  alt_text: words,
  link_attachment_url: address,
  gif_url: address,
  topic_tag: words,
  is_spoiler_media: z.boolean().catch(false),
  text_entities: z
    .array(z.object({ entity_type: z.string(), offset: z.int(), length: z.int() }))
    .catch([])
    .or(z.object({ data: z.array(z.object({ entity_type: z.string(), offset: z.int(), length: z.int() })) }).transform(({ data }) => data))
    .optional()
    .catch([]),
  text_attachment: z.object({ plaintext: z.string() }).optional().catch(undefined),
  poll_attachment: Poll.optional().catch(undefined),
  is_quote_post: z.boolean().catch(false),
  quoted_post: Other,
  reposted_post: Other,
  replied_to: z.object({ id: z.string() }).optional().catch(undefined),
  root_post: z.object({ id: z.string() }).optional().catch(undefined),
  children: z
    .object({ data: z.array(Child) })
    .optional()
    .catch(undefined),
})
export type Medium = z.infer<typeof Medium>

export const Page = z.object({
  data: z.array(z.unknown()),
  paging: z.object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() }).optional(),
})

export const Me = z.object({ id: z.string(), username: z.string(), name: words, threads_profile_picture_url: address })
export type Me = z.infer<typeof Me>

export const Renewed = z.object({ access_token: z.string().min(1) })

export const Failure = z.object({
  error: z.object({
    message: z.string().catch(''),
    code: z.number().catch(0),
    error_subcode: z.number().optional(),
    is_transient: z.boolean().optional(),
  }),
})
