import { z } from 'zod'

/** The fields of blocks that are drawn, as far as they are there. https://docs.slack.dev/reference/block-kit/blocks/ */

export const text = z
  .union([z.string(), z.object({ type: z.string().optional(), text: z.string() })])
  .nullish()
  .catch(null)
export type Text = z.infer<typeof text>

export const image = z
  .object({
    image_url: z.string().nullish(),
    alt_text: z.string().nullish(),
    title: text,
    image_width: z.number().nullish(),
    image_height: z.number().nullish(),
  })
  .nullish()
  .catch(null)
export type Image = z.infer<typeof image>

export const Block = z.looseObject({
  type: z.string(),
  text,
  title: text,
  subtitle: text,
  body: text,
  description: text,
  fields: z.array(text).nullish().catch(null),
  elements: z.array(z.unknown()).nullish().catch(null),
  tasks: z.array(z.unknown()).nullish().catch(null),
  rows: z.array(z.array(z.unknown())).nullish().catch(null),
  accessory: z.unknown().optional(),
  hero_image: image,
  details: z.unknown().optional(),
  output: z.unknown().optional(),
  status: z.string().nullish().catch(null),
  title_url: z.string().nullish().catch(null),
  video_url: z.string().nullish().catch(null),
  thumbnail_url: z.string().nullish().catch(null),
  provider_name: z.string().nullish().catch(null),
  author_name: z.string().nullish().catch(null),
})
export type Block = z.infer<typeof Block>
