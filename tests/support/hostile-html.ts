/**
 * What strangers may send in the hope that a script runs: by hand, after the techniques that the OWASP cheat sheet on filter
 * evasion and the tests of other sanitisers name, and `fuzz`, which puts more together by chance. Each calls `alert` where
 * it works. Over 150 lines because it is a list.
 */

const URLS = [
  ...['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', '\u0001javascript:alert(1)', 'java\tscript:alert(1)'],
  ...['java\nscript:alert(1)', 'java\rscript:alert(1)', 'javascript\t:alert(1)', 'java&#9;script:alert(1)', 'java&Tab;script:alert(1)'],
  ...['java&NewLine;script:alert(1)', 'javascript&colon;alert(1)', 'javascript&#58;alert(1)', 'javascript&#x3a;alert(1)'],
  ...['&#106;avascript:alert(1)', '&#0000106avascript:alert(1)', '&#x6A;avascript:alert(1)', '&#x000006Aavascript:alert(1)'],
  ...['\u0000javascript:alert(1)', 'java\u0000script:alert(1)', 'javascript://%0aalert(1)', 'javascript:/*x*/alert(1)//https://x.example'],
  ...['data:text/html,<script>alert(1)</script>', 'data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==', 'vbscript:alert(1)'],
  ...[
    'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    'blob:https://x.example/1',
    'feed:javascript:alert(1)',
  ],
  ...[
    'view-source:javascript:alert(1)',
    'jar:javascript:alert(1)!/x',
    'https://x.example/"onmouseover="alert(1)',
    '//x.example/x.js',
    '\\\\x.example\\x',
  ],
  ...[
    'https://x.example/\u2028onerror=alert(1)',
    'javascript\u200b:alert(1)',
    'ｊａｖａｓｃｒｉｐｔ:alert(1)',
    'http://javascript:alert(1)@x.example/',
  ],
]

/** What takes an address, and runs or loads it. */
const PLACES_OF_URLS = [
  ...['<a href="%">x</a>', "<a href='%'>x</a>", '<a href=%>x</a>', '<img src="%">', '<iframe src="%"></iframe>', '<embed src="%">'],
  ...['<object data="%"></object>', '<form action="%"><input type=submit></form>', '<button formaction="%">x</button>', '<base href="%">'],
  ...[
    '<link rel=stylesheet href="%">',
    '<link rel=import href="%">',
    '<meta http-equiv=refresh content="0;url=%">',
    '<body background="%">',
  ],
  ...[
    '<table background="%"><tr><td background="%">x</table>',
    '<svg><a xlink:href="%"><text y=20>x</text></a></svg>',
    '<svg><use href="%#x"/></svg>',
  ],
  ...[
    '<svg><animate xlink:href=#x attributeName=href values="%"/><a id=x><text>x</text></a></svg>',
    '<math><mi xlink:href="%">x</mi></math>',
  ],
  ...['<math href="%">x</math>', '<img srcset="% 1x">', '<video src="%"></video>', '<video poster="%"></video>', '<audio src="%"></audio>'],
  ...[
    '<video><source src="%"></video>',
    '<input type=image src="%">',
    '<area href="%">',
    '<isindex action="%">',
    '<frameset><frame src="%"></frameset>',
  ],
  ...[
    '<applet code="%"></applet>',
    '<bgsound src="%">',
    '<layer src="%"></layer>',
    '<img lowsrc="%" dynsrc="%">',
    '<script src="%"></script>',
  ],
  ...[
    '<a href="https://x.example" ping="%">x</a>',
    '<portal src="%"></portal>',
    '<blockquote cite="%">x</blockquote>',
    '<div style="background:url(%)">x</div>',
  ],
]

const HANDLERS = [
  ...['onerror', 'onload', 'onclick', 'onfocus', 'onmouseover', 'ontoggle', 'onanimationstart', 'onpointerenter', 'onbegin', 'onscroll'],
  ...['OnErRoR', 'onwheel', 'onbeforetoggle', 'onscrollsnapchange', 'oncontentvisibilityautostatechange', 'onfocusin', 'onpageshow'],
]

/** What takes a handler, in ways in which a filter may read another tag than a browser does. */
const PLACES_OF_HANDLERS = [
  ...[
    '<img src=x %=alert(1)>',
    '<img/src=x/%=alert(1)>',
    '<img src="x"%="alert(1)">',
    "<img src='x'%='alert(1)'>",
    '<img src=x\n%\n=\nalert(1)>',
  ],
  ...[
    '<img src=x\u000c%=alert(1)>',
    '<img \u0000src=x %=alert(1)>',
    '<img src=`x`%=alert(1)>',
    '<img """><img src=x %=alert(1)>',
    '<svg/%=alert(1)>',
  ],
  ...[
    '<svg><script %=alert(1)>x</script></svg>',
    '<body %=alert(1)>',
    '<details open %=alert(1)>x</details>',
    '<input autofocus %=alert(1)>',
  ],
  ...[
    '<p tabindex=1 autofocus %=alert(1)>x</p>',
    '<a href=x %=alert(1)>x</a>',
    '<video><source %=alert(1)></video>',
    '<marquee %=alert(1)>x</marquee>',
  ],
  ...[
    '<x %=alert(1) tabindex=1 autofocus>x</x>',
    '<math %=alert(1)>x</math>',
    '<select autofocus %=alert(1)></select>',
    '<iframe %=alert(1)></iframe>',
  ],
  ...[
    '<p title="a" "b" %=alert(1)>x</p>',
    '<p title="a"="%=alert(1)">x</p>',
    "<p title='&quot;><img src=x %=alert(1)>'>x</p>",
    '<p/%=alert(1)//>x',
  ],
  ...[
    '<span lang="\'&#34;" %=alert(1)>x</span>',
    '<time datetime="1" %=alert(1)>x</time>',
    '<ol start="1" %=alert(1)><li value=1 %=alert(1)>x</ol>',
  ],
]

/** What two parsers read differently, and what changes its meaning when it is written out and read again. */
const PARSING = [
  ...[
    '<script>alert(1)</script>',
    '<SCRIPT>alert(1)</SCRIPT>',
    '<script >alert(1)</script >',
    '<script/x>alert(1)</script>',
    '<<script>alert(1)//<</script>',
  ],
  ...[
    '<script>alert(1)',
    '<script\n>alert(1)</script\n>',
    '<script>alert(1)</script/>',
    '<scr<script>ipt>alert(1)</scr</script>ipt>',
    '<script\u0000>alert(1)</script>',
  ],
  ...[
    '<\u0000script>alert(1)</script>',
    '<%00script>alert(1)</script>',
    '< script>alert(1)</ script>',
    '<script\u000c>alert(1)</script>',
    '</p/><script>alert(1)</script>',
  ],
  ...[
    '<script type=module>alert(1)</script>',
    '<script>\u2028alert(1)</script>',
    '<script><!--\nalert(1)\n--></script>',
    '<script><![CDATA[alert(1)]]></script>',
  ],
  ...[
    '<!--><img src=x onerror=alert(1)>-->',
    '<!---><img src=x onerror=alert(1)>-->',
    '<!-- --!><img src=x onerror=alert(1)>-->',
    '<!-x><img src=x onerror=alert(1)>',
  ],
  ...[
    '<!--[if true]><script>alert(1)</script><![endif]-->',
    '<?xml <img src=x onerror=alert(1)>?>',
    '<?php echo "<img src=x onerror=alert(1)>"?>',
    '<!x<img src=x onerror=alert(1)>>',
  ],
  ...[
    '<![CDATA[<img src=x onerror=alert(1)>]]>',
    '<!DOCTYPE x [<!ENTITY x "<script>alert(1)</script>">]>&x;',
    '</x<img src=x onerror=alert(1)>',
    '</ <img src=x onerror=alert(1)>',
  ],
  ...[
    '<style><!--</style><img src=x onerror=alert(1)>--></style>',
    '<style><img src="</style><img src=x onerror=alert(1)//">',
    '<title><img src="</title><img src=x onerror=alert(1)//">',
  ],
  ...[
    '<textarea><img src="</textarea><img src=x onerror=alert(1)//">',
    '<xmp><img src="</xmp><img src=x onerror=alert(1)//">',
    '<noembed><img src="</noembed><img src=x onerror=alert(1)//">',
  ],
  ...[
    '<noframes><img src="</noframes><img src=x onerror=alert(1)//">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<iframe><img src="</iframe><img src=x onerror=alert(1)//">',
  ],
  ...[
    '<plaintext><img src=x onerror=alert(1)>',
    '<listing><img src=x onerror=alert(1)></listing>',
    '<template><img src=x onerror=alert(1)></template>',
    '<template shadowrootmode=open><img src=x onerror=alert(1)></template>',
  ],
  ...[
    '<option><style></option></select><img src=x onerror=alert(1)></style>',
    '<select><style></select><img src=x onerror=alert(1)></style>',
    '<table><style></table><img src=x onerror=alert(1)></style>',
  ],
  ...[
    '<svg></p><style><a title="</style><img src=x onerror=alert(1)>">',
    '<svg><p><style><img src=x onerror=alert(1)></style></p></svg>',
    '<svg><title><style><img title="</style><img src=x onerror=alert(1)>"></svg>',
  ],
  ...[
    '<svg><desc><![CDATA[</desc><script>alert(1)</script>]]></svg>',
    '<svg><foreignObject><iframe srcdoc="<script>alert(1)</script>"></iframe></foreignObject></svg>',
    '<svg><![CDATA[><img src=x onerror=alert(1)>]]>',
  ],
  ...[
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<math><mi><style><img src=x onerror=alert(1)></style></mi></math>',
  ],
  ...[
    '<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>',
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>',
  ],
  ...[
    '<math><mtext><mglyph><mtext><style><path id="</style><img onerror=alert(1) src=x>">',
    '<svg><style>&lt;img src=x onerror=alert(1)&gt;</style></svg>',
    '<svg><a><title><![CDATA[</title><img src=x onerror=alert(1)>]]></a></svg>',
  ],
  ...[
    '<p title="</p><img src=x onerror=alert(1)>">x',
    '<abbr title="&lt;/abbr>&lt;img src=x onerror=alert(1)>">x</abbr>',
    '<img alt="`><img src=x onerror=alert(1)>">',
    '<a title="x&quot;onmouseover=&quot;alert(1)">x</a>',
  ],
  ...[
    '<iframe srcdoc="&lt;script&gt;parent.alert(1)&lt;/script&gt;"></iframe>',
    '<object data="data:text/html,<script>alert(1)</script>"></object>',
    '<embed type=image/svg+xml src="data:image/svg+xml;base64,PHN2Zy8+">',
  ],
  ...[
    '<a href="https://x.example/"><a href="javascript:alert(1)">x</a></a>',
    '<a href="javascript&#58alert(1)">x</a>',
    '<a \u0000href="javascript:alert(1)">x</a>',
    '<a href\u0000="javascript:alert(1)">x</a>',
  ],
  ...[
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '&#60;script&#62;alert(1)&#60;/script&#62;',
    '&amp;lt;img src=x onerror=alert(1)&amp;gt;',
    '&lt<script>alert(1)</script>',
    '\ufeff<script>alert(1)</script>',
  ],
  ...[
    '+ADw-script+AD4-alert(1)+ADw-/script+AD4-',
    '\u00bcscript\u00bealert(1)\u00bc/script\u00be',
    '＜script＞alert(1)＜/script＞',
    '%3Cscript%3Ealert(1)%3C/script%3E',
    '\\x3cscript\\x3ealert(1)',
  ],
  ...[
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '--><script>alert(1)</script>',
    ']]><script>alert(1)</script>',
    '</title></style></textarea></script></xmp><svg/onload=alert(1)>',
  ],
  ...[
    "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
    '{{constructor.constructor("alert(1)")()}}',
    '<%= alert(1) %>',
  ],
  ...[
    '<div style="width:expression(alert(1))">x</div>',
    '<style>@import "javascript:alert(1)";</style>',
    '<div style="behavior:url(#x);-moz-binding:url(#x)">x</div>',
    '<style>*{animation:x}@keyframes x{}</style><p onanimationstart=alert(1)>x</p>',
  ],
  ...[
    '<img name=body><img name=cookie>',
    '<form id=document><input name=body></form>',
    '<a id=x><a id=x name=y href="javascript:alert(1)">x</a>',
    '<img id=backplane><form id=forms></form>',
    '<p id=__next name=__NEXT_DATA__ class=react-root>x</p>',
  ],
  ...[
    '<p is="x-y" slot=x part=x itemprop=x data-x="<script>alert(1)</script>" aria-label="x" popover contenteditable>x</p>',
    '<dialog open onclose=alert(1)><form method=dialog><button autofocus>x</button></form></dialog>',
  ],
  ...[
    `${'<b>'.repeat(600)}<img src=x onerror=alert(1)>`,
    `${'<table><tr><td>'.repeat(80)}<img src=x onerror=alert(1)>`,
    `<a href="${'x'.repeat(9000)}javascript:alert(1)">x</a>`,
    '<p>\ud800<img src=x onerror=alert(1)>\udfff</p>',
  ],
  ...[
    '</div></div></article></main></body></html><script>alert(1)</script>',
    '</li></ol></table></td></tr><img src=x onerror=alert(1)>',
    '<table><tr><td>x</table></td><caption><img src=x onerror=alert(1)>',
    '<p>x</p></p></br><img src=x onerror=alert(1)>',
  ],
]

/** Each technique, each address in each place for one, and each handler likewise. */
export const techniques: string[] = [
  ...PARSING,
  ...URLS.flatMap((url) => PLACES_OF_URLS.map((place) => place.replaceAll('%', () => url))),
  ...HANDLERS.flatMap((handler) => PLACES_OF_HANDLERS.map((place) => place.replaceAll('%', handler))),
]

/** One of each kind, few enough to be drawn on pages: every way of parsing, and each address and handler in some place. */
export const someTechniques: string[] = [
  ...PARSING,
  ...URLS.map((url, at) => (PLACES_OF_URLS[at % 4] ?? '').replaceAll('%', () => url)),
  ...PLACES_OF_HANDLERS.map((place, at) => place.replaceAll('%', HANDLERS[at % HANDLERS.length] ?? '')),
]

const TAGS = [
  ...[
    'p',
    'div',
    'br',
    'a',
    'span',
    'pre',
    'code',
    'b',
    'ul',
    'li',
    'blockquote',
    'table',
    'tr',
    'td',
    'th',
    'img',
    'ruby',
    'rt',
    'figure',
    'time',
    'h1',
  ],
  ...[
    'svg',
    'math',
    'style',
    'script',
    'noscript',
    'template',
    'title',
    'textarea',
    'select',
    'option',
    'iframe',
    'object',
    'form',
    'button',
    'xmp',
  ],
  ...[
    'mtext',
    'mglyph',
    'mi',
    'annotation-xml',
    'foreignObject',
    'desc',
    'path',
    'plaintext',
    'noembed',
    'noframes',
    'video',
    'details',
    'caption',
    'body',
    'html',
  ],
]
const ODDITIES = [
  ...[
    '<',
    '>',
    '"',
    "'",
    '`',
    '=',
    '/',
    '&',
    ';',
    '\u0000',
    '\n',
    '\t',
    '\u000c',
    '\u2028',
    '\ud800',
    '<!--',
    '-->',
    '--!>',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
  ],
  ...[
    '</',
    '<!',
    '&lt;',
    '&gt;',
    '&#60;',
    '&#x3c',
    '&quot;',
    '&colon;',
    '&NewLine;',
    '\ufeff',
    '<!-',
    '/>',
    ' x',
    'text',
    'https://x.example/',
  ],
]

/** `count` pieces of something like HTML, from a source of numbers from 0 up to 1. */
export function fuzz(random: () => number, count: number): string[] {
  const one = <T>(of: readonly T[]): T | string => of[Math.floor(random() * of.length)] ?? ''
  const attribute = (): string => {
    const quote = one(['"', "'", '', '`'])
    const named = one(['href', 'src', 'title', 'alt', 'class', 'style', 'lang', 'dir', 'id', 'srcdoc', 'xlink:href', one(HANDLERS)])
    const value = one([one(URLS), 'alert(1)', one(ODDITIES), 'x', one(PARSING)])
    return `${one([' ', '/', '\n', '\u000c', ''])}${named}${one(['=', ' = ', ''])}${quote}${value}${quote}`
  }
  const piece = (): string => {
    const chance = random()
    if (chance < 0.35)
      return `<${one(TAGS)}${random() < 0.6 ? attribute() : ''}${random() < 0.3 ? attribute() : ''}${one(['>', '>', '>', '/>', '', ' '])}`
    if (chance < 0.55) return `</${one(TAGS)}${one(['>', '>', ' >', ''])}`
    if (chance < 0.8) return one(ODDITIES)
    return one(techniques)
  }
  return Array.from({ length: count }, () => {
    const made = Array.from({ length: 1 + Math.floor(random() * 10) }, piece).join('')
    const at = Math.floor(random() * made.length)
    // Now and then something is lost, or stands twice.
    if (random() < 0.2) return made.slice(0, at) + made.slice(at + 1 + Math.floor(random() * 5))
    return random() < 0.1 ? made.slice(0, at) + made.slice(Math.max(0, at - 9)) : made
  })
}
