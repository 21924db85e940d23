import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { fromHtml, fromText } from '#connectors/html'
import type { Gap } from '#db/gaps'
import type { Permission, Post } from '#db/post'
import type { Entry } from '#db/timeline'
import { burst, chatLine, thread } from '#tests/support/talk'
import { EntryItem } from '../../app/entry-item.tsx'
import { GapRows } from '../../app/gap-row.tsx'
import { nickClass } from '../../app/nick-class.ts'

const at = new Date('2026-11-22T17:14:00.000Z')
const now = new Date('2026-11-22T20:00:00.000Z')
const zone = 'Europe/Berlin'

/** An entry of these posts as the page draws it: its HTML. `change` says what of it is not read, or where it stands. */
function drawn(said: Post[], change: Partial<Entry> & { whole?: boolean; permission?: Permission | null } = {}): string {
  const { whole, permission = null, ...entryChange } = change
  const posts = said.map((post, index) => ({
    ...post,
    id: 7 + index,
    entryId: 7,
    sourceId: 1,
    platform: 'somewhere',
    firstSeenAt: now,
    sortAt: post.publishedAt ?? at,
    late: false,
    revision: '',
    deletedAt: null,
    authorHidden: false,
    copyKeys: null,
    warningHtml: null,
    sightings: [{ source: 'A source', sourceId: 1, permission, rule: 'everything', fetchedAt: now, share: null }],
  }))
  const entry: Entry = {
    id: 7,
    sortAt: at,
    platform: 'somewhere',
    posts,
    count: posts.length,
    people: new Set(posts.map(({ author }) => author.id)).size,
    lastAt: posts.at(-1)?.sortAt ?? at,
    seenAt: now,
    removed: [],
    ...entryChange,
  }
  return renderToStaticMarkup(createElement(EntryItem, { entry, zone, now, whole }))
}

function words(html: string): string {
  return html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replace(/\s+/g, ' ')
}

/** What is seen before anything is unfolded. */
const folded = (html: string) => words(html.replace(/<\/summary>.*?<\/details>/gs, ''))
const line = (html: string, text: string) => /<li[^>]*>(?:(?!<li).)*$/s.exec(html.slice(0, html.indexOf(text)))?.[0] ?? ''

describe('a burst of chat', () => {
  const html = drawn(burst(at))

  test('is named for its channel, with its place, people, messages and times', () => {
    expect(words(html)).toMatch(/#hpc .*18:14 Net\.Example · 6 people · 11 messages until 18:31/)
    expect(words(drawn(burst(at).slice(0, 1)))).toContain('1 person · 1 message')
  })

  test('shows the first lines, the last, and what one can follow; the others unfold in place', () => {
    const seen = folded(html)
    for (const text of [
      'slurmctld',
      'bf_max_job_test',
      'that was it',
      '4 more messages',
      'a bug for it',
      '2 more messages',
      'the new list',
    ])
      expect(seen).toContain(text)
    for (const text of ['restarting', 'waves', 'recovered', 'does not end']) {
      expect(seen).not.toContain(text)
      expect(words(html)).toContain(text)
    }
  })

  test('leaves the place of what was removed, with its time and its anchor, where it stood', () => {
    const lines = burst(at)
    const [first, second] = lines.map(({ publishedAt }) => publishedAt ?? at)
    const removed = [
      { id: 100, sortAt: new Date(((first?.getTime() ?? 0) + (second?.getTime() ?? 0)) / 2) },
      { id: 101, sortAt: new Date(now.getTime()) },
    ]
    const html = drawn(lines, { removed, whole: true })
    expect(html.indexOf('id="l7"')).toBeLessThan(html.indexOf('id="l100"'))
    expect(html.indexOf('id="l100"')).toBeLessThan(html.indexOf('id="l8"'))
    expect(html.indexOf('id="l101"')).toBeGreaterThan(html.indexOf(`id="l${6 + lines.length}"`))
    expect(words(html)).toMatch(/\d\d:\d\d removed/)
  })

  test('folds nothing on its own page, and nothing where it is short', () => {
    expect(drawn(burst(at), { whole: true })).not.toContain('<details')
    expect(drawn(burst(at).slice(0, 5))).not.toContain('<details')
  })

  test('gives every line an anchor of its own, which its time leads to', () => {
    for (let id = 8; id < 18; id++) {
      expect(html).toContain(`<li id="l${id}"`)
      expect(html).toContain(`href="/p/${id}#l${id}"`)
    }
  })

  test('tells messages, actions, notices and topics apart', () => {
    expect(words(html)).toMatch(/\* vy waves/)
    expect(line(html, 'waves')).toContain('class="action"')
    expect(line(html, 'The log of')).toContain('class="notice"')
    expect(words(html)).toMatch(/vy changed the topic: HPC, mostly/)
  })

  test('names who goes on talking once', () => {
    const own = drawn(burst(at), { whole: true })
    expect(line(own, 'that was it')).toContain('sl0th')
    expect(line(own, 'restarting')).not.toContain('sl0th')
    // Somebody else of the same account is named.
    const renamed = [
      chatLine('a', at, 'ada'),
      { ...chatLine('b', at, 'ada_'), author: { ...chatLine('a', at, 'ada').author, name: 'ada_' } },
    ]
    expect(words(drawn(renamed))).toMatch(/ada .* ada_ /)
  })

  test('marks what was recovered', () => {
    expect(line(html, 'said while nobody')).toContain('recovered after a disconnection')
  })

  test('gives a nick one hue everywhere, and many nicks many', () => {
    expect(nickClass('Ada')).toBe(nickClass('ada'))
    const hues = Array.from({ length: 200 }, (_, index) => nickClass(`nick${index}`))
    expect(new Set(hues).size).toBe(12)
    for (const hue of hues) expect(hue).toMatch(/^nick hue-(\d|1[01])$/)
  })

  test('that was cut short says how many are elsewhere, where they are missing', () => {
    const html = fromHtml('<p>Line 50. <a href="https://example.org/">a link</a></p>')
    const posts = Array.from({ length: 60 }, (_, index) =>
      chatLine(`${index}`, at, `n${index % 3}`, { text: `Line ${index}.`, ...(index === 50 && { html }) }),
    )
    const long = drawn(posts, { count: 300, people: 9 })
    expect(folded(long)).toContain('9 people · 300 messages')
    expect(folded(long)).toContain('296 more messages')
    expect(words(long)).toMatch(/Line 49\. 240 messages between, with the whole conversation .*Line 50\./)
  })

  test('says with whose permission it is logged, and how to be left out', () => {
    const permitted = drawn(burst(at), { permission: { by: 'the operators', on: '2026-01-15' } })
    expect(words(permitted)).toContain('logged with the owners’ permission, how to be left out')
    expect(permitted).toContain('by the operators, on 2026-01-15')
    expect(permitted).toContain('href="/about#opt-out"')
    expect(words(html)).not.toContain('permission')
    expect(words(html)).toContain('this is a log, how to be left out')
    // The page of one conversation begins with it.
    const page = words(drawn(burst(at), { whole: true }))
    expect(page.indexOf('this is a log, how to be left out')).toBeLessThan(page.indexOf(burst(at)[0]?.text ?? 'nothing'))
    expect(page).toContain('this is a log, how to be left out')
    expect(words(drawn(burst(at, { audience: 'members' })))).toContain('members only')
  })

  test('is light: four elements a plain line, and no style in the HTML', () => {
    const one = drawn([chatLine('a', at, 'ada'), chatLine('b', at, 'bob')], { whole: true })
    const many = drawn([chatLine('a', at, 'ada'), chatLine('b', at, 'bob'), chatLine('c', at, 'ada')], { whole: true })
    const elements = (of: string) => of.match(/<\w+/g)?.length ?? 0
    expect(elements(many) - elements(one)).toBeLessThanOrEqual(6)
    expect(html).not.toMatch(/ style="|<script|undefined|Invalid Date/)
  })

  test('leads from a line that names somebody to what they said last before it, and from one that names a line to that', () => {
    const to = (name: string, externalId: string | null = null) => ({
      replyTo: {
        state: 'unknown' as const,
        externalId,
        url: null,
        author: chatLine('x', at, name).author,
        text: null,
        rootExternalId: null,
      },
    })
    const html = drawn(
      [
        chatLine('a', at, 'ada', { text: 'one' }),
        chatLine('b', at, 'bob', { text: 'ada: why?', ...to('ada') }),
        chatLine('c', at, 'ada', { text: 'bob: because', ...to('bob') }),
        chatLine('d', at, 'cy', { text: 'ada: I see', ...to('ada', 'a') }),
        chatLine('e', at, 'cy', { text: 'dan: and you?', ...to('dan') }),
      ],
      { whole: true },
    )
    const led = [...html.matchAll(/<li id="l(\d+)"(?:(?!<\/li>).)*class="answers" href="#l(\d+)"/gs)].map(([, from, to]) => [from, to])
    expect(led).toEqual([
      ['8', '7'],
      ['9', '8'],
      ['10', '7'],
    ])
    expect(html).toMatch(/class="answers" href="#l7" aria-label="answers ada at 18:14"/)
  })

  test('that goes on from something older says what it answers', () => {
    const replyTo = { state: 'shown' as const, externalId: null, url: null, author: null, text: 'Which scheduler?', rootExternalId: null }
    const [first, ...rest] = burst(at)
    expect(words(drawn([...(first ? [{ ...first, replyTo }] : []), ...rest]))).toContain('Replying to an earlier post: Which scheduler?')
  })
})

describe('a thread', () => {
  const html = drawn(thread(at))

  test('shows its first post and the last two answers, and unfolds the others in their order', () => {
    const seen = folded(html)
    for (const text of ['#storage', 'Example workspace · E. Author', '41 s to 6 s', '4 more replies', 'Same here', 'That is the answer'])
      expect(seen).toContain(text)
    expect(seen).not.toContain('Which version')
    const order = ['41 s to 6 s', 'Which version?', 'The newest.', 'We did', 'With what?', 'Same here', 'That is the answer'].map((text) =>
      words(html).indexOf(text),
    )
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(order).not.toContain(-1)
  })

  test('counts reactions, of the first post and of answers', () => {
    expect(words(html)).toMatch(/✅ 12/)
    expect(words(html)).toMatch(/That is the answer, then\. 🎉 3/)
  })

  test('names a file with kind and size, and leads to where it was posted', () => {
    expect(html).toMatch(/href="https:\/\/workspace\.example\/files\/1"[^>]*>measured\.pdf · PDF · 2\.4 MB</)
    const [root] = thread(at).map((post) => ({ ...post, media: post.media.map((medium) => ({ ...medium, url: null })) }))
    expect(root && drawn([root])).toMatch(/href="https:\/\/example\.org\/root"[^>]*>measured\.pdf/)
  })

  test('without an answer is its first post alone', () => {
    expect(drawn(thread(at).slice(0, 1))).not.toMatch(/class="thread"|<details/)
  })

  test('keeps each answer’s own cover, and its anchor', () => {
    const [root, answer] = thread(at)
    const covered = root && answer ? drawn([root, { ...answer, contentWarning: 'Benchmarks', html: fromText('Numbers') }]) : ''
    expect(covered).toMatch(/id="l8".*<summary dir="auto">Benchmarks<\/summary>.*Numbers/)
  })

  test('strange HTML of an answer stays inside it', () => {
    const [root, answer] = thread(at)
    const html = root && answer ? drawn([root, { ...answer, html: fromHtml('</div></article><script>x</script>') }]) : ''
    expect(html.match(/<\/article>/g)).toHaveLength(1)
    expect(html).not.toContain('<script')
  })
})

describe('a gap', () => {
  const berlin = (time: string, day = '22') => new Date(`2026-11-${day}T${time}:00.000+01:00`)
  const gap: Gap = {
    from: berlin('16:02'),
    to: berlin('16:37'),
    open: false,
    sources: ['#hpc'],
    platforms: ['irc'],
    off: false,
    reason: 'the connection was refused',
    tries: 2,
  }
  const told = (...gaps: Partial<Gap>[]) =>
    words(renderToStaticMarkup(createElement(GapRows, { gaps: gaps.map((change) => ({ ...gap, ...change })), zone }))).trim()

  test.each<[Partial<Gap>, string]>([
    [{}, 'Gap on #hpc, 16:02–16:37. The connection was refused; tried twice.'],
    [{ tries: 1, reason: 'irc.example answers 403.' }, 'Gap on #hpc, 16:02–16:37. irc.example answers 403; tried once.'],
    [{ tries: 9 }, 'Gap on #hpc, 16:02–16:37. The connection was refused; tried 9 times.'],
    [{ reason: null, tries: 0 }, 'Gap on #hpc, 16:02–16:37. What was said then may not be here.'],
    [{ open: true }, 'Gap on #hpc since 16:02. The connection was refused; tried twice.'],
    [{ off: true, reason: null, from: berlin('02:10') }, 'This computer was off 02:10–16:37.'],
    [{ off: true, reason: null, from: berlin('23:10', '21') }, 'This computer was off 21 Nov 23:10–22 Nov 16:37.'],
    [
      { off: true, reason: null, open: true },
      'Gap on #hpc since 16:02. This computer was off for most of it. What was said then may not be here.',
    ],
    [{ sources: ['#hpc', 'r/hpc', 'A blog'] }, 'Gap on #hpc, r/hpc and A blog, 16:02–16:37. The connection was refused; tried twice.'],
    [{ sources: ['1', '2', '3', '4', '5', '6'] }, 'Gap on 1, 2 and 4 more, 16:02–16:37. The connection was refused; tried twice.'],
  ])('is a sentence: %o', (change, sentence) => {
    expect(told(change).replace(/ \.$/, '.').replace(/ \. /, '. ')).toBe(sentence)
  })

  test('after a gap with nothing said between is one row that unfolds', () => {
    const nights = Array.from({ length: 40 }, (_, index) => {
      const to = new Date(berlin('07:00').getTime() - index * 86_400_000)
      return { off: true, reason: null, from: new Date(to.getTime() - 8 * 3_600_000), to }
    })
    expect(told(...nights)).toMatch(/^40 gaps, 14 Oct 00:00–22 Nov 07:00 This computer was off 21 Nov 23:00–22 Nov 07:00\./)
    expect(told(...nights)).toContain('10 more before these.')
    expect(told({}, {})).not.toContain('gaps')
  })
})
