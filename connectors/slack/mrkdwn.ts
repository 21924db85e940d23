import { escapeHtml } from '../html.ts'
import { channelHtml, type Drawing, dateHtml, emojiHtml, linkHtml, userHtml } from './names.ts'

/**
 * Slack's own markup, which messages without rich text consist of. Tokens in angle brackets are read first, then
 * `&amp; &lt; &gt;` are unescaped, as only they are escaped, and then all is escaped for HTML.
 * https://docs.slack.dev/messaging/formatting-message-text/
 */

/** What is ready stands aside as a private character with its number, so that no later rule looks into it. */
const ASIDE = /\uE000(\d+)\uE001/g

/** HTML of some mrkdwn, to be passed through `fromHtml`. */
export function fromMrkdwn(mrkdwn: string, drawing: Drawing): string {
  const ready: string[] = []
  const aside = (html: string) => `\uE000${ready.push(html) - 1}\uE001`
  const text = mrkdwn
    .replace(/[\uE000\uE001]/g, '')
    .replace(/```\n?([\s\S]*?)\n?```/g, (_all, code: string) => `\n\n${aside(`<pre><code>${plain(code)}</code></pre>`)}\n\n`)
    .replace(/`([^`\n]+)`/g, (_all, code: string) => aside(`<code>${plain(code)}</code>`))
    .replace(/<([^<>\n]+)>/g, (_all, token: string) => aside(tokenHtml(token, drawing)))
  const html = blocksOf(text)
    .map(({ quoted, lines }) => {
      const inner = inlineHtml(lines.join('\n'), drawing)
      return quoted ? `<blockquote>${inner}</blockquote>` : inner && `<p>${inner}</p>`
    })
    .join('')
  // A token may stand within code, and then what stands aside does so twice.
  const back = (written: string): string => written.replace(ASIDE, (_all, index) => back(ready[Number(index)] ?? ''))
  return back(html).replace(/<p>(<pre>[\s\S]*?<\/pre>)<\/p>/g, '$1')
}

/** HTML of plain text, which knows no marks, but emoji. */
export function fromPlain(text: string, drawing: Drawing): string {
  const html = emojisIn(escapeHtml(text.trim()), drawing).replaceAll('\n', '<br>')
  return html && `<p>${html}</p>`
}

/** What Slack escapes, and nothing else. */
export function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (_all, name: string) => ({ amp: '&', lt: '<', gt: '>' })[name] ?? '')
}

/** What stands between angle brackets. */
function tokenHtml(token: string, drawing: Drawing): string {
  const bar = token.indexOf('|')
  const target = bar < 0 ? token : token.slice(0, bar)
  const label = bar < 0 ? '' : token.slice(bar + 1)
  const [kind, id] = [target[0], target.slice(1)]
  if (kind === '@') return userHtml(id, drawing, unescaped(label))
  if (kind === '#') return channelHtml(id, drawing, unescaped(label))
  if (kind === '!') return commandHtml(id, unescaped(label))
  const url = unescaped(target)
  // What is no address was not meant as a token.
  if (!URL.canParse(url)) return escapeHtml(unescaped(`<${token}>`))
  const shown = label || target.replace(/^mailto:/i, '')
  return linkHtml(url, emojisIn(escapeHtml(unescaped(shown)), drawing))
}

/** `<!here>`, `<!subteam^S123|@group>`, `<!date^1700000000^{date}|fallback>`. */
function commandHtml(command: string, label: string): string {
  const [name, value, , ...rest] = command.split('^')
  if (name === 'date') {
    const [link] = rest
    const date = dateHtml(Number(value), label)
    return link ? linkHtml(link, date) : date
  }
  if (name === 'subteam') return escapeHtml(label ? `@${label.replace(/^@/, '')}` : '@group')
  return escapeHtml(label || `@${name}`)
}

type Block = { quoted: boolean; lines: string[] }

/** Lines that begin with `>` are quoted, and after `>>>` everything is; blank lines part paragraphs. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let open: Block | null = null
  let allQuoted = false
  for (const line of text.split('\n')) {
    const rest = allQuoted ? line : /^(?:&gt;&gt;&gt;|>>>) ?(.*)$/.exec(line)?.[1]
    if (rest !== undefined) allQuoted = true
    const quote = rest ?? /^(?:&gt;|>) ?(.*)$/.exec(line)?.[1]
    if (quote === undefined && line.trim() === '') {
      open = null
      continue
    }
    const quoted = quote !== undefined
    if (!open || open.quoted !== quoted) {
      open = { quoted, lines: [] }
      blocks.push(open)
    }
    open.lines.push(quote ?? line)
  }
  return blocks
}

function inlineHtml(text: string, drawing: Drawing): string {
  const html = plain(text.trim())
    .replace(marked('\\*'), '<strong>$1</strong>')
    .replace(marked('_'), '<em>$1</em>')
    .replace(marked('~'), '<s>$1</s>')
  return emojisIn(html, drawing).replaceAll('\n', '<br>')
}

/** A mark works at the edges of words only, and within one line. */
function marked(mark: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}${mark}])${mark}(?!\\s)([^\\n]*?[^\\s${mark}])${mark}(?![\\p{L}\\p{N}${mark}])`, 'gu')
}

function emojisIn(html: string, drawing: Drawing): string {
  return html.replace(/:([\p{L}\p{N}_+'-]+):/gu, (_all, name: string) => emojiHtml(name, drawing))
}

function plain(mrkdwn: string): string {
  return escapeHtml(unescaped(mrkdwn))
}
