import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Post } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { aBatch, aPost, heldSource } from '../support/post.ts'
import { say } from './measure.ts'
import { PLATFORMS, postOf } from './posts.ts'

/** Posts that a connector hands over at once, when it has many. */
const BATCH = 500
/** The kernel counts processor time in hundredths of a second (`getconf CLK_TCK`). */
const TICKS = 100

/** Posts that are made at a time, before the clock runs on: what is measured begins where a connector hands over what it has read. */
const ROUND = 30_000

/**
 * Batches as connectors hand them over → committed rows with every index, of three sources at once, as a worker reads them.
 * @param postgresFolder in which Postgres' processes run, for what they use of the processors
 */
export async function measureIngest(count: number, postgresFolder: string): Promise<void> {
  const newest = Date.now()
  await measure('ingest', count, postgresFolder, (number) => postOf(number, { count, newest }), '≥ 5,000 posts/s')
}

/** What folding has to look at most: one person who says nearly the same again and again. No target: nobody does. */
export async function measureLikeWords(count: number, postgresFolder: string): Promise<void> {
  const newest = Date.now()
  const post = (number: number) =>
    aPost(`alike:${number}`, { publishedAt: new Date(newest - (count - number) * 10_000), text: likeWords(number), tags: ['hpc'] })
  await measure('one person in like words', count, postgresFolder, post, '')
}

async function measure(what: string, count: number, folder: string, post: (number: number) => Post, target: string): Promise<void> {
  const held = await Promise.all(PLATFORMS.map((platform) => heldSource(`${what} ${platform}`, { platform })))
  const used = { node: 0, postgres: 0, seconds: 0 }
  for (let first = 0; first < count; first += ROUND) {
    const batches = held.map((_, nth) => batchesOf(first + nth, Math.min(first + ROUND, count), held.length, post))
    const before = { node: process.cpuUsage(), postgres: processorSecondsIn(folder), at: performance.now() }
    await Promise.all(
      held.map(async ({ source, holder }, nth) => {
        for (const batch of batches[nth] ?? []) await saveBatch(source, holder, aBatch(batch), new Date())
      }),
    )
    const node = process.cpuUsage(before.node)
    used.node += (node.user + node.system) / 1e6
    used.postgres += processorSecondsIn(folder) - before.postgres
    used.seconds += (performance.now() - before.at) / 1000
  }
  const each = (seconds: number) => `${((seconds * 1e6) / count).toFixed(0)} µs`
  const processor = `${each(used.node)} here, ${each(used.postgres)} in Postgres each`
  say(
    `${what}, batches of ${BATCH} → indexed tables`,
    `${Math.round(count / used.seconds).toLocaleString('en')} posts/s (${processor})`,
    target,
  )
}

/** The posts from number `first` up to `end` in steps of `step`, in batches. */
function batchesOf(first: number, end: number, step: number, post: (number: number) => Post): Post[][] {
  const batches: Post[][] = []
  for (let number = first; number < end; number += step) {
    const last = batches.at(-1)
    if (last && last.length < BATCH) last.push(post(number))
    else batches.push([post(number)])
  }
  return batches
}

/** What Postgres' processes have used of the processors: they run in its data folder, and those that ended count with who began them. */
export function processorSecondsIn(folder: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const within = pids.filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
    } catch {
      return false
    }
  })
  return within.reduce((sum, pid) => sum + processorSecondsOf(Number(pid)), 0)
}

/** What a process and those of its children that ended have used of the processors; 0 where it is gone. */
export function processorSecondsOf(pid: number): number {
  try {
    // After the name in brackets; utime, stime, cutime and cstime are fields 14 to 17 (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / TICKS
  } catch {
    return 0
  }
}

function likeWords(number: number): string {
  const words = ['slurm', 'lustre', 'checkpoint', 'fabric', 'scheduler', 'GPU', 'node', 'MPI', 'queue', 'storage', 'cooling', 'benchmark']
  return Array.from({ length: 25 }, (_, index) => words[(number * 7 + index * 5 + (number >> (index % 8))) % words.length]).join(' ')
}
