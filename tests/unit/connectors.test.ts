import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connectors } from '#connectors/registry'

/**
 * The promises that every connector makes. A platform's fixtures are `connectors/<id>/fixtures/<what>.json`:
 * `{ context, natives: [...] }`, recorded or written by this project; beside each stands what `parse` made of it.
 */
const root = join(import.meta.dirname, '../../connectors')

function fixturesOf(id: string): string[] {
  const folder = join(root, id, 'fixtures')
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((file) => file.endsWith('.json') && !file.endsWith('.expected.json'))
}

describe.each(connectors.map((connector) => [connector.id, connector] as const))('%s', (id, connector) => {
  test('declares what the filters, the page and the file of sources need', () => {
    expect(id).toMatch(/^[a-z][a-z0-9-]*$/)
    expect(connector.mark.path).toMatch(/^[Mm]/)
    for (const color of [connector.color.light, connector.color.dark]) expect(color).toMatch(/^#[0-9a-f]{6}$/)
    expect(connector.everySeconds).toBeGreaterThanOrEqual(60)
    expect(fixturesOf(id)).not.toHaveLength(0)
  })

  test.each(fixturesOf(id))('reads %s as recorded', async (file) => {
    const { context, natives } = JSON.parse(readFileSync(join(root, id, 'fixtures', file), 'utf8'))
    const before = JSON.stringify(natives)
    const posts = natives.map((native: unknown) => connector.parse(native, context))

    expect(JSON.stringify(natives), 'parse leaves what it was given alone').toBe(before)
    for (const post of posts) {
      expect(post.externalId).not.toBe('')
      if (post.url !== null) expect(post.url).toMatch(/^https?:\/\//)
      expect(post.html).not.toMatch(/<(script|style|iframe|form|svg|object)|javascript:|\son\w+=/i)
      for (const time of [post.publishedAt, post.originalAt, post.editedAt])
        if (time !== null) expect(Number.isNaN(time.getTime())).toBe(false)
    }
    await expect(`${JSON.stringify(posts, null, 2)}\n`).toMatchFileSnapshot(
      join(root, id, 'fixtures', file.replace(/\.json$/, '.expected.json')),
    )
  })
})
