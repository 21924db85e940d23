import * as form from '#lib/digest/digest-html'
import { digestPress } from '#lib/digest/digest-press'
import { choiceOf, hasAccount, type Marked, origin, readingOf } from './digest-choices.ts'
import { mostKilobytesOf } from './memory.ts'

// Draws digests in a process of its own, whose memory nothing else takes: told what is to be drawn, it tells how it went.

export type Drawn = { seconds: number; cpuSeconds: number; kilobytesEach: number; mostKilobytes: number }

process.once('message', async (asked: { digests: number; from: string; to: string; newest: Marked[] }) => {
  const { digests, newest } = asked
  const [from, to] = [new Date(asked.from), new Date(asked.to)]
  const press = digestPress(origin, form)
  const startedAt = performance.now()
  const cpuAt = process.cpuUsage()
  let bytes = 0
  for (let index = 0; index < digests; index++) {
    const reader = hasAccount(index) ? { reading: readingOf(newest, index), mutes: [] } : null
    const order = { role: 'anonymous' as const, from, to, ...choiceOf(index), word: null, chosen: '', notes: [], reader }
    const drawn = await press.draw(order, to)
    const foot = [
      { words: `This goes to reader-${index}@example.org.` },
      { words: 'Unsubscribe', href: `${origin}/unsubscribe?t=${index}` },
    ]
    bytes += drawn.html(foot).length + drawn.text(foot).length
  }
  const { user, system } = process.cpuUsage(cpuAt)
  const seconds = (performance.now() - startedAt) / 1000
  const told: Drawn = {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    kilobytesEach: bytes / digests / 1024,
    mostKilobytes: mostKilobytesOf(process.pid),
  }
  process.send?.(told, () => process.exit())
})
