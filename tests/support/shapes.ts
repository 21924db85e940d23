import { fromHtml, fromText, nameWithEmojis } from '#connectors/html'
import type { Media, Person, Post, Quote } from '#db/post'

/** Every shape that a post can have, for tests of how posts are drawn. All of it is made up. */

/** A picture that needs no network: two bars on a ground, of any size. */
export function picture(width = 800, height = 450): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9" width="${width}" height="${height}"><path fill="#9fc3ea" d="M0 0h16v9H0z"/><path fill="#0064cc" d="M3 4h3v5H3zM8 2h3v7H8z"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

export function image(change: Partial<Media> = {}): Media {
  return {
    kind: 'image',
    url: picture(),
    preview: picture(),
    alt: 'Two bars, the right one higher',
    width: 800,
    height: 450,
    mimeType: 'image/svg+xml',
    durationSeconds: null,
    bytes: null,
    title: null,
    captions: [],
    ...change,
  }
}

export const bob: Person = {
  id: 'id:bob',
  name: 'Bob Sample',
  nameHtml: null,
  handle: '@bob@fosstodon.example',
  url: 'https://fosstodon.example/@bob',
  avatar: null,
  badges: ['bot'],
}

export const quoted: Extract<Quote, { state: 'shown' }> = {
  state: 'shown',
  externalId: 'quoted',
  url: 'https://social.example/quoted',
  author: bob,
  title: null,
  html: fromText('Thank you to the 61 contributors who made this release.'),
  text: 'Thank you to the 61 contributors who made this release.',
  publishedAt: '2026-11-20T09:15:00.000Z',
  media: [],
  contentWarning: null,
  sensitive: false,
}

const silent = ['pending', 'rejected', 'revoked', 'deleted', 'unauthorized', 'blocked', 'not-found', 'detached', 'muted', 'nested'] as const

export const shapes: Record<string, Partial<Post>> = {
  plain: {},
  'with code': {
    html: fromHtml(
      '<p>Version 5.3 is out, with a much faster <code>--missing</code>. <a href="https://social.example/tags/hpc">#HPC</a></p>',
    ),
    text: 'Version 5.3 is out, with a much faster --missing. #HPC',
    tags: ['hpc', 'packaging'],
  },
  'of an article': {
    title: 'Moving 4 PB of parallel storage without a downtime',
    place: 'Notes from the machine room',
    badges: ['personal'],
    html: fromHtml(
      `<p>We moved two thousand users to a new file system while they worked.</p><ul><li>what broke</li><li>what did not</li></ul><pre><code>rsync -aHAX --numeric-ids /old/ /new/</code></pre><p><img src="${'https://blog.example.org/rack.jpg'}" alt="A rack"></p>`,
    ),
    text: 'We moved two thousand users to a new file system while they worked.',
    tags: ['storage', 'migration'],
  },
  'with a picture': { media: [image()] },
  'with a picture of unknown size and no description': { media: [image({ width: null, height: null, alt: null })] },
  'with a tall picture and a long description': {
    media: [
      image({ url: picture(450, 1600), preview: picture(450, 1600), width: 450, height: 1600, alt: 'A long description. '.repeat(30) }),
    ],
  },
  'with a gallery': { media: [image(), image({ alt: null }), image(), image()] },
  'with sensitive pictures': { sensitive: true, media: [image(), image()] },
  'under a content warning': {
    contentWarning: 'Outage at a data centre',
    text: 'The cooling failed at 03:10 and the room reached 48 °C.',
    sensitive: true,
    media: [image()],
  },
  'with a film': {
    media: [
      image({
        kind: 'video',
        url: 'https://media.example/talk.mp4',
        mimeType: 'video/mp4',
        durationSeconds: 754,
        alt: 'A talk',
        captions: [{ language: 'en', url: 'https://media.example/talk.vtt' }],
      }),
    ],
  },
  'with a film in HLS': {
    media: [image({ kind: 'video', url: 'https://media.example/talk.m3u8', mimeType: 'application/vnd.apple.mpegurl', alt: null })],
  },
  'with a silent loop': { media: [image({ kind: 'gifv', url: 'https://media.example/loop.mp4', mimeType: 'video/mp4' })] },
  'with sound': {
    title: 'Episode 12: the queue',
    media: [
      image({
        kind: 'audio',
        url: 'https://media.example/12.mp3',
        mimeType: 'audio/mpeg',
        preview: null,
        durationSeconds: 3723,
        alt: null,
      }),
    ],
  },
  'with a file': {
    media: [
      image({
        kind: 'file',
        url: 'https://media.example/slides.pdf',
        mimeType: 'application/pdf',
        bytes: 2_400_000,
        title: 'slides.pdf',
        alt: null,
      }),
    ],
  },
  'with a picture still being processed': { media: [image({ url: null, preview: null })] },
  'with a poll': {
    poll: {
      options: [
        { text: 'Slurm', html: null, votes: 61 },
        { text: 'PBS', html: null, votes: 12 },
        { text: 'Kubernetes, and we regret it', html: null, votes: 0 },
      ],
      multiple: false,
      voters: 73,
      closesAt: '2026-11-24T18:00:00.000Z',
    },
  },
  'with a poll whose votes are not shown': {
    poll: {
      options: [
        { text: 'Yes', html: null, votes: null },
        { text: 'No', html: null, votes: null },
      ],
      multiple: true,
      voters: null,
      closesAt: null,
    },
  },
  'with a card': {
    card: {
      kind: 'link',
      url: 'https://blog.example.com/checkpointing',
      title: 'Asynchronous checkpointing at 16,384 GPUs',
      description: 'How to write a petabyte without anybody waiting for it, and what we learnt when we did.',
      image: picture(),
      site: 'blog.example.com',
      authors: ['A. Author'],
      readingMinutes: 9,
    },
  },
  'with a card of a feed': {
    card: {
      kind: 'feed',
      url: 'https://social.example/feed/hpc',
      title: 'HPC',
      description: '',
      image: null,
      site: 'social.example',
      authors: [],
      readingMinutes: null,
    },
  },
  'with a quote': { quote: quoted },
  'with a quote under a warning': { quote: { ...quoted, contentWarning: 'Benchmarks', sensitive: true, media: [image()] } },
  ...Object.fromEntries(
    silent.map((state) => [
      `with a quote that is ${state}`,
      { quote: { state, url: state === 'nested' ? 'https://social.example/nested' : null } },
    ]),
  ),
  'in reply to oneself': {
    author: bob,
    replyTo: { state: 'shown', externalId: 'own', url: null, author: bob, text: 'And then it worked', rootExternalId: null },
  },
  'in reply': {
    replyTo: {
      state: 'shown',
      externalId: 'parent',
      url: 'https://social.example/parent',
      author: bob,
      text: 'Which scheduler?',
      rootExternalId: null,
    },
  },
  'in reply to what is gone': {
    replyTo: { state: 'unavailable', externalId: 'gone', url: null, author: null, text: null, rootExternalId: null },
  },
  'in reply to what is unknown': {
    replyTo: { state: 'unknown', externalId: null, url: null, author: null, text: null, rootExternalId: null },
  },
  shared: {
    author: bob,
    share: { externalId: 'boost', by: { ...bob, id: 'id:dora', name: 'Dora Draft', handle: '@dora' }, at: '2026-11-22T16:20:00.000Z' },
    originalAt: new Date('2026-11-21T08:05:00Z'),
  },
  edited: { editedAt: new Date('2026-11-22T18:50:00Z') },
  'with replies there': { replyCount: 12 },
  'with one reply there': { replyCount: 1 },
  'without replies there': { replyCount: 0 },
  'for members': { audience: 'members' },
  unsupported: { unsupported: 'Unsupported audio space' },
  'in another script': { text: 'نشرت اليوم نتائج القياس', html: fromText('نشرت اليوم نتائج القياس'), language: 'ar' },
  'by a name with an emoji': {
    author: {
      ...bob,
      name: 'Bob :penguin:',
      nameHtml: nameWithEmojis('Bob :penguin:', [{ shortcode: 'penguin', url: 'https://social.example/p.png' }]),
    },
  },
  'by nobody named': { author: { ...bob, name: '', handle: '', url: null, badges: [] }, place: 'A planet of blogs' },
  'with a word that does not end': { text: 'x'.repeat(400), html: fromText('x'.repeat(400)) },
  'without a link': { url: null },
}
