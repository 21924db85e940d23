import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { backTo } from '#app/back-to'
import { changePreferences } from '#lib/reading/change-preferences'
import { cookieNames, decodePreferences, encodePreferences, setCookies } from '#lib/reading/preference-cookies'
import { defaultPreferences, Preferences } from '#lib/reading/preferences'
import { viewsFromYaml, viewsToYaml } from '#lib/reading/view-snippet'

const now = new Date('2026-11-22T12:00:00Z')
const some = Preferences.parse({
  settings: {
    theme: 'contrast',
    density: 'compact',
    clock: '12',
    zone: 'Asia/Tokyo',
    opening: 'oldest-first',
    counts: false,
    media: 'off',
    keys: false,
  },
  stars: [{ what: 'person', key: 'bluesky:did:plc:ada', name: 'Ada Żółw 🐢' }],
  mutes: [{ what: 'word', keys: ['exascale'], name: 'exascale', until: '2026-12-01T00:00:00.000Z', hard: true }],
  views: [{ name: 'Storage', address: '?platform=feed&tag=lustre' }],
})
/** Stars that do not deflate, as the keys of accounts do not. */
const many = (count: number): Preferences => ({
  ...defaultPreferences,
  stars: Array.from({ length: count }, (_, index) => ({
    what: 'person',
    key: `bluesky:did:plc:${crypto.randomUUID()}`,
    name: `Person ${index}`,
  })),
})
const packed = (value: unknown) => {
  const text = deflateSync(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  return [`1.1.${text}`]
}

describe('preferences in cookies', () => {
  test('come back as they were kept', () => {
    expect(decodePreferences(encodePreferences(some) ?? [])).toEqual(some)
  })

  test('that choose nothing need no cookie', () => {
    expect(encodePreferences(defaultPreferences)).toEqual([])
    expect(decodePreferences([])).toEqual(defaultPreferences)
  })

  test('that are many go over three cookies, none longer than browsers keep, and come back', () => {
    const large = many(300)
    const values = encodePreferences(large) ?? []
    expect(values.length).toBe(3)
    for (const cookie of setCookies('http://127.0.0.1:3000', values)) expect(cookie.length).toBeLessThan(4096)
    expect(decodePreferences(values)).toEqual(large)
  })

  test('that are too many are refused, not cut off', () => {
    expect(encodePreferences(many(490))).toBeNull()
  })

  const whole = encodePreferences(many(300)) ?? []
  test.each<[string, (string | undefined)[]]>([
    ['no cookie of ours', ['x']],
    ['a version to come', ['9.1.eJwDAAAAAAE']],
    ['a part that is missing', [whole[0], undefined, whole[2]]],
    ['parts in another order', [whole[0], whole[2], whole[1]]],
    ['a byte that changed', [`${encodePreferences(some)?.[0]?.slice(0, -9)}AAAAAAAAA`]],
    ['an end that is missing', [encodePreferences(some)?.[0]?.slice(0, -20)]],
    ['what is no JSON', packed('{"settings"')],
    ['another shape', packed([1, 2])],
    ['null', packed(null)],
    ['a bomb', packed(`${' '.repeat(10_000_000)}{"settings":{"theme":"dark"}}`)],
    ['nothing at all', ['1.0.']],
  ])('that hold %s are the defaults, not an error', (_, values) => {
    expect(decodePreferences(values)).toEqual(defaultPreferences)
  })

  test('that are understood in part keep that part', () => {
    const odd = {
      settings: { theme: 'plaid', density: 'compact', counts: 'yes', zone: 7 },
      stars: [{ what: 'planet', key: 'x', name: 'x' }, { what: 'source', key: '7', name: 'A blog' }, null],
      mutes: [
        { what: 'word', keys: [], name: 'x', until: null, hard: false },
        { what: 'word', keys: ['x'], name: 'x', until: 'soon', hard: false },
      ],
      views: [
        { name: 'Out', address: 'https://elsewhere.example/' },
        { name: ' ', address: '?' },
      ],
    }
    expect(decodePreferences(packed(odd))).toEqual({
      ...defaultPreferences,
      settings: { ...defaultPreferences.settings, density: 'compact' },
      stars: [{ what: 'source', key: '7', name: 'A blog' }],
    })
  })

  test('are named for the port, hidden from scripts, forgotten where no longer needed, and secure where the page is', () => {
    expect(cookieNames('http://127.0.0.1:3001')).not.toEqual(cookieNames('http://127.0.0.1:3000'))
    const [first, second] = setCookies('https://board.example', ['1.1.x'])
    expect(first).toBe('preferences-443-1=1.1.x; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure')
    expect(second).toContain('preferences-443-2=; Path=/; Max-Age=0')
  })
})

describe('a change of preferences', () => {
  test('a person has one colour, under all their accounts, until it is taken away; a colour that there is not is none', () => {
    const change = (before: Preferences, fields: [string, string][]) =>
      changePreferences(before, { form: new URLSearchParams([['do', 'color'], ...fields]), zone: 'UTC', now })
    const both: [string, string][] = [
      ['key', 'bluesky:a'],
      ['key', 'mastodon:a'],
      ['name', 'Ada'],
    ]
    const first = change(defaultPreferences, [...both, ['color', 'teal']])
    if ('problem' in first) throw new Error(first.problem)
    expect(first.preferences.colors).toEqual([{ keys: ['bluesky:a', 'mastodon:a'], name: 'Ada', color: 'teal' }])
    expect(
      change(first.preferences, [
        ['key', 'mastodon:a'],
        ['name', 'Ada'],
        ['color', 'red'],
      ]),
    ).toMatchObject({
      preferences: { colors: [{ keys: ['mastodon:a'], color: 'red' }] },
    })
    expect(
      change(first.preferences, [
        ['key', 'bluesky:a'],
        ['color', 'none'],
      ]),
    ).toMatchObject({ preferences: { colors: [] } })
    expect(change(first.preferences, [...both, ['color', 'url(x)']])).toEqual({ problem: 'nonsense' })
    expect(change(first.preferences, [['color', 'red']])).toEqual({ problem: 'nothing' })
  })

  const change = (before: Preferences, fields: Record<string, string> | [string, string][], zone = 'UTC') =>
    changePreferences(before, { form: new URLSearchParams(fields), zone, now })
  const become = (before: Preferences, fields: Record<string, string> | [string, string][], zone = 'UTC'): Preferences => {
    const done = change(before, fields, zone)
    if ('problem' in done) throw new Error(done.problem)
    return done.preferences
  }

  test('settings are what the form says: a box without a tick is off, nonsense is the default', () => {
    const { settings } = become(defaultPreferences, { do: 'settings', theme: 'dark', density: 'cosy', clock: '12', zone: 'UTC', keys: '1' })
    expect(settings).toEqual({ ...defaultPreferences.settings, theme: 'dark', clock: '12', zone: 'UTC', counts: false, keys: true })
  })

  test('a star is given once and taken away', () => {
    const star = { what: 'person', key: 'bluesky:did:plc:ada', name: 'Ada' }
    const twice = become(become(defaultPreferences, { do: 'star', ...star }), { do: 'star', ...star, name: 'Ada Example' })
    expect(twice.stars).toEqual([{ ...star, name: 'Ada Example' }])
    expect(become(twice, { do: 'unstar', what: 'person', key: star.key }).stars).toEqual([])
    expect(change(defaultPreferences, { do: 'star', what: 'moon', key: 'x', name: 'x' })).toEqual({ problem: 'nonsense' })
  })

  test.each([
    ['day', '', '2026-11-23T12:00:00.000Z'],
    ['week', '', '2026-11-29T12:00:00.000Z'],
    ['ever', '', undefined],
    // As that day begins where the reader is.
    ['date', '2026-12-01', '2026-11-30T23:00:00.000Z'],
  ])('a mute for %s ends then', (span, until, expected) => {
    const { mutes } = become(
      defaultPreferences,
      { do: 'mute', what: 'word', key: ' exa  scale ', for: span, until, how: 'soft' },
      'Europe/Berlin',
    )
    expect(mutes).toEqual([expect.objectContaining({ what: 'word', keys: ['exa scale'], name: 'exa scale', hard: false })])
    expect(mutes[0]?.until?.toISOString()).toBe(expected)
  })

  test.each<[string, Record<string, string>]>([
    ['nothing', { key: '  ', for: 'day' }],
    ['date', { key: 'x', for: 'date', until: '2026-02-30' }],
    ['date', { key: 'x', for: 'date', until: '' }],
    ['date', { key: 'x', for: 'date', until: '<b>' }],
    ['past', { key: 'x', for: 'date', until: '2026-11-22' }],
    ['nonsense', { what: 'moon', key: 'x', for: 'day' }],
    ['nonsense', { key: 'x'.repeat(400), for: 'day' }],
  ])('a mute that cannot be made says why: %s', (problem, fields) => {
    expect(change(defaultPreferences, { do: 'mute', what: 'word', ...fields })).toEqual({ problem })
  })

  test('a word with # is a hashtag; muting the same again changes how long and how; a person has all their accounts', () => {
    const tag = become(defaultPreferences, { do: 'mute', what: 'word', key: '#HPC', for: 'ever' })
    expect(tag.mutes).toEqual([{ what: 'tag', keys: ['hpc'], name: 'hpc', until: null, hard: false }])
    expect(become(tag, { do: 'mute', what: 'tag', key: 'hpc', for: 'ever', how: 'hard' }).mutes).toEqual([{ ...tag.mutes[0], hard: true }])
    const person = become(defaultPreferences, [
      ['do', 'mute'],
      ['what', 'person'],
      ['key', 'a:1'],
      ['key', 'b:2'],
      ['name', 'Ada'],
      ['for', 'ever'],
    ])
    expect(person.mutes[0]?.keys).toEqual(['a:1', 'b:2'])
    expect(become(person, { do: 'unmute', what: 'person', key: 'a:1' }).mutes).toEqual([])
  })

  test('a mute that has ended goes with the next change', () => {
    const ended = { ...some, mutes: [{ ...some.mutes[0], until: new Date('2026-11-01') } as Preferences['mutes'][number]] }
    expect(become(ended, { do: 'unstar', what: 'person', key: 'none' }).mutes).toEqual([])
  })

  test('a view is saved, replaced under its name, renamed and removed; what is no address of the timeline is refused', () => {
    const one = become(defaultPreferences, { do: 'save-view', name: ' Storage ', address: '/?tag=lustre' })
    expect(one.views).toEqual([{ name: 'Storage', address: '?tag=lustre' }])
    const two = become(become(one, { do: 'save-view', name: 'Storage', address: '?tag=ceph' }), {
      do: 'save-view',
      name: 'Jobs',
      address: '?tag=jobs',
    })
    expect(two.views.map(({ name, address }) => `${name} ${address}`)).toEqual(['Storage ?tag=ceph', 'Jobs ?tag=jobs'])
    const three = become(two, { do: 'rename-view', name: 'Storage', to: 'Disks' })
    expect(three.views.map(({ name }) => name)).toEqual(['Disks', 'Jobs'])
    expect(become(three, { do: 'remove-view', name: 'Disks' }).views.map(({ name }) => name)).toEqual(['Jobs'])
    for (const address of ['https://elsewhere.example/?x', '//elsewhere.example?x', 'javascript:alert(1)', ''])
      expect(change(one, { do: 'save-view', name: 'Out', address })).toEqual({ problem: 'address' })
    expect(change(one, { do: 'save-view', name: ' ', address: '?x' })).toEqual({ problem: 'name' })
  })

  test('views go from hand to hand as a few lines of YAML', () => {
    const snippet = viewsToYaml(some.views)
    expect(snippet).toBe('views:\n  - name: Storage\n    show: platform=feed&tag=lustre\n')
    expect(viewsFromYaml(snippet)).toEqual(some.views)
    expect(become(defaultPreferences, { do: 'paste-views', snippet }).views).toEqual(some.views)
    for (const wrong of ['', 'hello', 'views: 7', 'views: [{name: x}]', 'views: &a [*a]', '%', 'x'.repeat(200_000)])
      expect(change(defaultPreferences, { do: 'paste-views', snippet: wrong })).toEqual({ problem: 'snippet' })
  })

  test('nothing that is known is asked: nothing is changed', () => {
    expect(change(some, {})).toEqual({ problem: 'nonsense' })
    expect(become(some, { do: 'forget' })).toEqual(defaultPreferences)
  })
})

describe('the way back from a form', () => {
  const origin = 'http://127.0.0.1:3000'
  test('leads to a page of this site, as its address was written', () => {
    expect(backTo('/?platform=feed,irc#l7', origin, null)).toBe('/?platform=feed,irc#l7')
    expect(backTo('/mute?word=x', origin, 'date')).toBe('/mute?word=x&problem=date')
  })

  test.each([
    null,
    '',
    'https://elsewhere.example/',
    '//elsewhere.example',
    '/\\elsewhere.example',
    '/.//elsewhere.example',
    '/..//elsewhere.example/x',
    '/\t/elsewhere.example',
    'javascript:alert(1)',
    'settings',
  ])('leads nowhere else: %s', (asked) => {
    expect(backTo(asked, origin, null)).toBe('/settings')
  })

  test('carries no key', () => {
    expect(backTo('/?key=secret&platform=feed', origin, null)).toBe('/?platform=feed')
  })
})
