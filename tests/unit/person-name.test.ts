import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test, vi } from 'vitest'
import type { KnownPerson } from '#db/person-accounts'
import { defaultPreferences } from '#lib/reading/preferences'
import { ada, aPost } from '#tests/support/post'
import { ColorForm } from '../../app/color-form.tsx'
import { EntryFacts } from '../../app/entry-facts.tsx'
import { PersonName } from '../../app/person-name.tsx'

const both = ['bluesky:did:plc:ada', 'mastodon:ada@social.example']

// What a reader chose is kept for the length of a request, of which there is none here.
vi.mock('../../app/chosen.ts', () => ({
  chosen: () => ({ ...defaultPreferences, colors: [{ keys: both, name: 'Ada', color: 'violet' }] }),
}))

const drawn = (id: string, platform?: string) => renderToStaticMarkup(createElement(PersonName, { person: { ...ada, id }, platform }))

test('a name is written in the colour that its reader chose, under each account of the person, by a class and never a style', () => {
  expect(drawn('did:plc:ada', 'bluesky')).toContain('class="name dyed-violet"')
  expect(drawn('ada@social.example', 'mastodon')).toContain('class="name dyed-violet"')
  expect(drawn('did:plc:ada', 'mastodon')).toContain('class="name"')
  expect(drawn('did:plc:ada')).toContain('class="name"')
  expect(drawn('did:plc:ada', 'bluesky')).not.toContain('style=')
})

test('the form that gives a colour names every account of the person, and says which it is now', () => {
  const html = renderToStaticMarkup(createElement(ColorForm, { keys: both, name: 'Ada', back: '/people/ada' }))
  for (const key of both) expect(html).toContain(`name="key" value="${key}"`)
  expect(html).toMatch(/<input[^>]*checked=""[^>]*value="violet"|<input[^>]*value="violet"[^>]*checked=""/)
  expect(html.match(/type="radio"/g)).toHaveLength(7)
  const other = renderToStaticMarkup(createElement(ColorForm, { keys: ['irc:libera/bob'], name: 'Bob', back: '/people/bob' }))
  expect(other).toMatch(/<input[^>]*checked=""[^>]*value="none"|<input[^>]*value="none"[^>]*checked=""/)
})

test('what is told of a post leads to the page of its person, and of nobody who has none', () => {
  const at = new Date('2026-11-22T12:00:00Z')
  const row = { id: 7, entryId: 7, sourceId: 1, platform: 'bluesky', firstSeenAt: at, sortAt: at, late: false, revision: '' }
  const kept = { deletedAt: null, authorHidden: false, copyKeys: null, warningHtml: null, sightings: [] }
  const post = { ...aPost('p', { author: { ...ada, id: 'did:plc:ada' } }), ...row, ...kept }
  const entry = { ...{ id: 7, sortAt: at, platform: 'bluesky', posts: [post], count: 1, people: 1, lastAt: at, seenAt: at }, removed: [] }
  const page = (pages: Map<string, KnownPerson>) => renderToStaticMarkup(createElement(EntryFacts, { entry, pages, zone: 'UTC' }))
  const accounts = both.map((key) => ({ key, platform: '', name: 'Ada', proof: { kind: 'domain' as const, seenAt: null, with: '' } }))
  const known = page(new Map(both.map((key) => [key, { slug: 'ada', name: 'Ada', accounts }])))
  expect(known).toContain(`<a href="/people/ada"><bdi>${ada.name}</bdi></a>`)
  expect(known).toContain('under all their 2 accounts')
  expect(page(new Map())).not.toContain('/people/')
})
