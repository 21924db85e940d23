import { describe, expect, test } from 'vitest'
import { fromHtml, fromSegments, fromText, nameWithEmojis, toText } from '#connectors/html'

const rel = 'rel="nofollow noopener noreferrer"'

describe('strangers’ HTML', () => {
  test.each([
    ['a script', 'a<script>alert(1)</script>b', 'ab'],
    ['a script within a broken script', '<scr<script>ipt>alert(1)</scr</script>ipt>', /^(?!.*<s).*$/],
    ['a script that does not end', 'a<script>alert(1)', 'a'],
    ['a handler', '<p onclick="alert(1)" OnMouseOver=alert(1)>a</p>', '<p>a</p>'],
    ['a handler behind a slash', '<img/onerror=alert(1)/src=x>a', 'a'],
    ['an attribute that breaks out', "<p title='\"><script>alert(1)</script>'>a</p>", '<p>a</p>'],
    ['a style', '<style>p{color:red}</style><p style="position:fixed;inset:0">a</p>', '<p>a</p>'],
    ['a class', '<p class="toolbar"><span class="invisible sidebar">a</span></p>', '<p><span class="invisible">a</span></p>'],
    ['an id', '<p id="main">a</p>', '<p>a</p>'],
    ['a form', '<form action="https://evil.example"><input name="password"><button>Sign in</button>a</form>', '<div>a</div>'],
    ['a frame', '<iframe src="https://evil.example"></iframe><object data="x">o</object><embed src="x">a', 'a'],
    ['a drawing', '<svg onload=alert(1)><a xlink:href="javascript:alert(1)">x</a><style>a</style></svg>a', 'a'],
    ['a formula', '<math><mtext><script>alert(1)</script></mtext></math>a', 'a'],
    ['a drawing that hides a picture', '<svg><p><style><img src=x onerror=alert(1)></style></p></svg>a', /^(?!.*onerror=)/],
    ['a player and its excuse', '<video src="x"><a href="https://x.example">cannot play</a></video>a', /a$/],
    ['a comment', '<!-- a --><![CDATA[ b ]]><!--[if IE]><script>x</script><![endif]-->c', /c$/],
    [
      'a document',
      '<html><head><title>t</title><base href="https://evil.example/"><meta http-equiv="refresh" content="0"></head><body>a</body>',
      'a',
    ],
    ['a template', '<template><script>alert(1)</script></template><noscript><p title="</noscript><script>">a</noscript>b', /b$/],
  ])('loses %s', (_what, html, expected) => {
    const clean = fromHtml(html, { base: 'https://blog.example/' })
    if (typeof expected === 'string') expect(clean).toBe(expected)
    else expect(clean).toMatch(expected)
    expect(clean).not.toMatch(/<(script|style|iframe|object|embed|svg|math|form|input|base|meta|template|video)|\son\w+=["']?alert/i)
  })

  test.each([
    ...[
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      ' javascript:alert(1)',
      'java\nscript:alert(1)',
      '&#106;avascript:alert(1)',
      'javascript&colon;alert(1)',
    ],
    ...[
      'data:text/html,<script>alert(1)</script>',
      'vbscript:x',
      'file:///etc/passwd',
      'blob:https://blog.example/1',
      '\u0001javascript:alert(1)',
    ],
  ])('loses a link to %j, and keeps its text', (href) => {
    expect(fromHtml(`<a href="${href}">text</a>`)).toBe(`<a ${rel}>text</a>`)
    expect(fromHtml(`<a href="${href}">text</a>`, { base: 'https://blog.example/' })).toBe(`<a ${rel}>text</a>`)
    expect(fromHtml(`<img src="${href}" alt="x">`, { base: 'https://blog.example/' })).toBe('')
  })

  test('keeps text, structure, links and pictures', () => {
    const html = `<p lang="de">a <b>b</b> <em>c</em><br />d</p><ul><li>e</li></ul><pre><code>f &lt; g</code></pre><blockquote>h</blockquote>`
    expect(fromHtml(html.replace(' lang="de"', ''))).toBe(html.replace(' lang="de"', ''))
    expect(fromHtml(html)).toContain('lang="de"')
    expect(fromHtml('<h1>a</h1><h2>b</h2><h4>c</h4>')).toBe('<h3>a</h3><h3>b</h3><h4>c</h4>')
    expect(fromHtml('<table><tr><td colspan="2" bgcolor="red">a</td></tr></table>')).toBe('<table><tr><td colspan="2">a</td></tr></table>')
  })

  test('has its relative links made absolute; without a base they lead nowhere, never into our own pages', () => {
    const html = '<a href="/a">a</a><a href="b?c=1&amp;d">b</a><a href="//other.example/">c</a><a href="#d">d</a><img src="e.png" alt="e">'
    expect(fromHtml(html, { base: 'https://blog.example/2026/post' })).toBe(
      `<a href="https://blog.example/a" ${rel}>a</a><a href="https://blog.example/2026/b?c=1&amp;d" ${rel}>b</a>` +
        `<a href="https://other.example/" ${rel}>c</a><a href="https://blog.example/2026/post#d" ${rel}>d</a>` +
        `<img src="https://blog.example/2026/e.png" alt="e" loading="lazy" />`,
    )
    expect(fromHtml(html)).toBe(['a', 'b', 'c', 'd'].map((text) => `<a ${rel}>${text}</a>`).join(''))
  })

  test('loses pictures that count readers', () => {
    for (const img of [
      '<img src="https://count.example/x.gif" width="1" height="1">',
      '<img src="https://count.example/x.gif" height=0>',
      '<img src="https://count.example/x.gif" style="display: none">',
      '<img src="https://pixel.wp.com/b.gif?host=x">',
      '<img src="https://medium.com/_/stat?event=post.clientViewed">',
    ])
      expect(fromHtml(`a${img}b`)).toBe('ab')
    expect(fromHtml('<img src="https://blog.example/rack.jpg" width="640" height="480">')).toContain('rack.jpg')
  })

  test('keeps Mastodon’s shortened links, and loses what is to be dropped with all that is in it', () => {
    const link =
      '<a href="https://blog.example/very/long"><span class="invisible">https://</span><span class="ellipsis">blog.example/very</span><span class="invisible">/long</span></a>'
    expect(fromHtml(link)).toContain('<span class="ellipsis">blog.example/very</span><span class="invisible">/long</span>')
    expect(toText(fromHtml(link))).toBe('blog.example/very…')
    for (const tag of ['p', 'span', 'div'])
      expect(
        fromHtml(`<${tag} class="x quote-inline">RE: <a href="https://a.example">a</a></${tag}><p>b</p>`, { drop: ['quote-inline'] }),
      ).toBe('<p>b</p>')
    expect(fromHtml('<p class="quote-inlined">a</p>', { drop: ['quote-inline'] })).toBe('<p>a</p>')
  })

  test('keeps boxes that we do not draw apart from each other', () => {
    expect(toText(fromHtml('<section>a</section><section>b</section><article>c</article>'))).toMatch(/^a\s+b\s+c$/)
  })

  test('of one plain paragraph is read the short way, to the same end as any other', () => {
    for (const text of [
      'plain words',
      "don't say &quot;never&quot;",
      'it&#39;s &#34;said&#34;',
      'a &amp; b',
      'a &lt;b&gt; c',
      '&#60;script&#62;alert(1)&#60;/script&#62;',
      'two  spaces\tand a\nline',
      ' around ',
      'no\u00a0break, zero\u200bwidth',
      'größer → 😀',
      'a > b',
      'half < of',
      '&#39;&#x3c;img src=x&#x3e;',
      '',
    ]) {
      const html = `<p>${text}</p>`
      // Two of them are nothing that the short way takes.
      expect(fromHtml(html + html)).toBe(fromHtml(html) + fromHtml(html))
      const twice = [toText(fromHtml(html)), toText(fromHtml(html))].filter(Boolean).join('\n\n')
      expect(toText(fromHtml(html + html))).toBe(twice)
      expect(fromHtml(html)).not.toMatch(/<(?!\/?p>)/)
    }
  })

  test('that is nested without end, or is no HTML at all, is survived', () => {
    expect(fromHtml(`${'<div>'.repeat(20_000)}deep`).length).toBeLessThan(2_000)
    expect(() => toText('<div>'.repeat(20_000))).not.toThrow()
    expect(fromHtml('a < b && c > d')).toBe('a &lt; b &amp;&amp; c &gt; d')
    expect(fromHtml('<')).toBe('&lt;')
    expect(fromHtml('')).toBe('')
  })
})

describe('custom emoji', () => {
  const emojis = [
    { shortcode: 'slurm', url: 'https://social.example/slurm.png' },
    { shortcode: 'evil', url: 'javascript:alert(1)' },
    { shortcode: 'quote', url: 'https://social.example/"onerror="alert(1)' },
  ]

  test('are drawn where they are declared with a picture, and stay text where not', () => {
    const html = fromHtml('<p title=":slurm:">:slurm: :none: :evil: 12:30:45</p>', { emojis })
    expect(html).toBe(
      '<p><img class="emoji" src="https://social.example/slurm.png" alt=":slurm:" title=":slurm:" loading="lazy"> :none: :evil: 12:30:45</p>',
    )
    expect(fromHtml(':quote:', { emojis })).not.toContain('"onerror')
  })

  test('are drawn in a name, which else needs no HTML', () => {
    expect(nameWithEmojis('Ada <b> :slurm:', emojis)).toMatch(/^Ada &#60;b&#62; <img class="emoji"/)
    expect(nameWithEmojis('Ada & Co', emojis)).toBeNull()
  })

  test('of blogging software, which are pictures already, are known as such', () => {
    const img = '<img src="https://s.w.org/1f642.png" alt="🙂" class="wp-smiley big">'
    expect(fromHtml(img)).toBe('<img src="https://s.w.org/1f642.png" alt="🙂" class="emoji" loading="lazy" />')
  })
})

describe('plain text', () => {
  test('is escaped, has its links made links, its paragraphs and line ends kept', () => {
    expect(fromText('a <script>\r\nb & c\n\n\nsee https://blog.example/?a=1&b=2. javascript:alert(1) //x.example blog.example')).toBe(
      `<p>a &#60;script&#62;<br>b &#38; c</p><p>see <a href="https://blog.example/?a=1&#38;b=2" ${rel}>https://blog.example/?a=1&#38;b=2</a>. javascript:alert(1) //x.example blog.example</p>`,
    )
    expect(fromText('')).toBe('')
  })

  test('in segments has only http(s) targets', () => {
    expect(
      fromSegments([
        { text: 'see ' },
        { text: 'this <b>', href: 'https://a.example/"x', title: 'https://a.example/"x' },
        { text: '\n\nend' },
      ]),
    ).toBe(`<p>see <a href="https://a.example/&#34;x" title="https://a.example/&#34;x" ${rel}>this &#60;b&#62;</a></p><p>end</p>`)
    for (const href of ['javascript:alert(1)', 'data:text/html,x', '/relative', 'https://', null])
      expect(fromSegments([{ text: 'a', href }])).toBe('<p>a</p>')
  })

  test('of HTML is what one would read aloud', () => {
    expect(
      toText('<h3>Title</h3><p>a &amp; b <a href="https://x.example">link</a><br>c</p><ul><li>d</li></ul><img src="x" alt="alt">'),
    ).toBe('Title\n\na & b link\nc\n\n * d')
  })
})
