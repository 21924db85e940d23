import { fromHtml, fromText } from '#connectors/html'
import type { Person, Post } from '#db/post'
import { aPost } from './post.ts'
import { bob, image } from './shapes.ts'

/** Conversations as connectors hand them over, for tests of how they are drawn. All of it is made up. */

const MINUTE_MS = 60_000

function nick(name: string): Person {
  return { id: `net.example/${name}`, name, nameHtml: null, handle: name, url: null, avatar: null, badges: [] }
}

type Line = [minute: number, who: string, text: string, change?: Partial<Post>]

const lines: Line[] = [
  [0, 'sl0th', 'anyone seen slurmctld eat 40G after the upgrade?'],
  [1, 'rmorrow', '', { html: fromHtml('<p>yes, with <code>bf_max_job_test</code> over 5k. lower it and it settles</p>') }],
  [3, 'sl0th', 'that was it, thanks'],
  [4, 'sl0th', 'restarting it now'],
  [5, 'vy', 'waves', { kind: 'action' }],
  [6, 'services', 'The log of this channel is public', { kind: 'notice' }],
  [7, 'vy', 'HPC, mostly', { kind: 'topic' }],
  [8, 'kestrel', '', { html: fromHtml('<p>there is <a href="https://bugs.example/4021">a bug for it</a></p>') }],
  [9, 'kestrel', 'said while nobody here listened', { recovered: true }],
  [11, 'a_nick_that_is_very_long_indeed', 'and a word that does not end: '.concat('x'.repeat(90))],
  [17, 'vy', 'unrelated: the new list is out'],
]

/** Eleven lines of #hpc, that begin at a time: `line-0` to `line-10`. */
export function burst(at: Date, change: Partial<Post> = {}, prefix = 'line'): Post[] {
  return lines.map(([minute, who, text, own], index) =>
    chatLine(`${prefix}-${index}`, new Date(at.getTime() + minute * MINUTE_MS), who, { ...(text && { text }), ...own, ...change }),
  )
}

/** One line of #hpc. */
export function chatLine(externalId: string, publishedAt: Date, who: string, change: Partial<Post> = {}): Post {
  return aPost(externalId, {
    url: null,
    author: nick(who),
    place: 'Net.Example',
    kind: 'message',
    conversation: { key: 'net.example/#hpc', title: '#hpc', silenceMinutes: 20 },
    publishedAt,
    ...change,
  })
}

/** A question in #storage with six answers, a minute apart: `root`, `answer-1` to `answer-6`. */
export function thread(at: Date, change: Partial<Post> = {}): Post[] {
  const conversation = { key: 'T1/C1/1711.0001', title: '#storage', silenceMinutes: 60 }
  const said = (externalId: string, minute: number, own: Partial<Post>) =>
    aPost(externalId, {
      place: 'Example workspace',
      author: { ...bob, badges: [], url: null, handle: '' },
      conversation,
      publishedAt: new Date(at.getTime() + minute * MINUTE_MS),
      ...own,
      ...change,
    })
  const text = 'Has anyone measured data on metadata servers against flash for many small files? import drops from 41 s to 6 s.'
  const root = said('root', 0, {
    author: { ...nick('E. Author'), handle: '' },
    html: fromHtml(
      '<p>Has anyone measured data on metadata servers against flash for many small files? <code>import</code> drops from 41 s to 6 s.</p>',
    ),
    text,
    reactions: [
      { emoji: '✅', image: null, count: 12 },
      { emoji: '👀', image: null, count: 1 },
    ],
    media: [
      image({
        kind: 'file',
        url: 'https://workspace.example/files/1',
        mimeType: 'PDF',
        bytes: 2_400_000,
        title: 'measured.pdf',
        alt: null,
      }),
    ],
  })
  const words = [
    'Which version?',
    'The newest.',
    'We did, a year ago.',
    'With what?',
    'Same here, and images in one file got us to 2 s.',
    'That is the answer, then.',
  ]
  const answers = words.map((answer, index) =>
    said(`answer-${index + 1}`, index + 1, {
      text: answer,
      html: fromText(answer),
      reactions: index === 5 ? [{ emoji: '🎉', image: null, count: 3 }] : [],
      replyTo: { state: 'shown', externalId: 'root', url: null, author: nick('E. Author'), text, rootExternalId: 'root' },
    }),
  )
  return [root, ...answers]
}
