import type { Media } from '#db/post'

/** A medium of which nothing is known but its kind: what a platform tells is laid over it. */
export const bareMedium: Omit<Media, 'kind'> = {
  url: null,
  preview: null,
  alt: null,
  width: null,
  height: null,
  mimeType: null,
  durationSeconds: null,
  bytes: null,
  title: null,
  captions: [],
}
