import type { Batch, Cursor } from './contract.ts'

/** A batch with nothing in it but where the source stands by now: what a reading found is laid over it. */
export function emptyBatch(cursor: Cursor | null): Batch {
  return { posts: [], deleted: [], authors: [], covered: null, unreadable: [], cursor }
}
