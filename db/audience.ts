import { type Audience, audiences } from './post.ts'

/** Who asks. Every query takes one; there is no query without a reader. `account` is the id of who is signed in. */
export type Reader = { role: 'anonymous' | 'member' | 'owner'; account?: string }

/** `stream`: the timeline and the digest, read as they pass. `index`: search, feeds and API, which others keep. */
export type Surface = 'stream' | 'index'

/** The one decision of who may read what: the audiences whose posts this reader sees there. */
export function audiencesFor(reader: Reader, surface: Surface): Audience[] {
  if (reader.role !== 'anonymous') return ['public', 'unindexed', 'members']
  return surface === 'stream' ? ['public', 'unindexed'] : ['public']
}

/** Whether everybody may read it as it passes. */
export function isOpen(audience: Audience): boolean {
  return audiencesFor({ role: 'anonymous' }, 'stream').includes(audience)
}

/** Of several wishes (platform's, source's, author's) the most careful counts. */
export function mostCareful(...wishes: (Audience | null)[]): Audience {
  return audiences[Math.max(0, ...wishes.map((wish) => (wish ? audiences.indexOf(wish) : 0)))] ?? 'withheld'
}
