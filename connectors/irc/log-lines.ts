import type { LogFormat } from './settings.ts'

/** What a line of a log tells; a status that is nobody's news is null. */
export type Told =
  | { kind: 'message' | 'action' | 'notice' | 'topic'; nick: string; text: string }
  | { kind: 'renamed'; nick: string; to: string }
  | { kind: 'joined'; nick: string }
  | null

/** `date` 2026-11-22 and `time` 19:41:08, each null where the line does not say; `dayOnly` lines only set the day. */
export type LogLine = { date: string | null; time: string; told: Told } | { dayOnly: string }

export type Format = {
  /** Whether a line can be of this format and, most likely, of no other. */
  recognises: RegExp
  precisionSeconds: number
  /** The times are UTC. */
  utc?: boolean
  /** null: not a line of this format. */
  read(line: string): LogLine | null
}

/**
 * How five programs write a channel down (`tests` have a conversation as each of them logs it). What somebody says
 * stands behind their name in each, so that nothing that is said can pass for a line of the log: lines are read from their
 * beginning, and what is left is text, whatever it looks like.
 */
export const formats: { [name in LogFormat]: Format } = {
  irssi: {
    recognises: /^--- Log opened |^\d\d:\d\d(?::\d\d)? (?:<[ ~&@%+]?\S+> |-!- | \* )/,
    precisionSeconds: 60,
    read(line) {
      const [, , , month, day, year] = /^--- (Log opened|Day changed) (\w{3}) (\w{3}) (\d\d)(?: \d\d:\d\d:\d\d)? (\d{4})$/.exec(line) ?? []
      if (month && day && year) return dayOf(year, month, day)
      if (line.startsWith('--- Log closed ')) return { date: null, time: '', told: null }
      const [, time, rest = ''] = /^(\d\d:\d\d(?::\d\d)?) (.*)$/.exec(line) ?? []
      if (!time) return null
      const notice = /^-([^\s:]+):[@+]?[^\s:]+- (.*)$/.exec(rest)
      if (rest.startsWith('-!- ')) return { date: null, time, told: status(rest.slice(4)) }
      if (notice) return { date: null, time, told: said('notice', notice) }
      return body(rest.replace(/^ \* /, '* '), null, time)
    },
  },
  weechat: {
    recognises: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t/,
    precisionSeconds: 1,
    read(line) {
      const [, date = null, time, prefix = '', rest = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\t([^\t]*)\t(.*)$/.exec(line) ?? []
      if (!time) return null
      const mark = prefix.trim()
      if (mark === '*') return { date, time, told: said('action', /()?(\S+) ?(.*)/.exec(rest)) }
      if (mark === '--') {
        const notice = /^Notice\(([^)\s]+)\): (.*)$/.exec(rest)
        return { date, time, told: notice ? said('notice', notice) : status(rest) }
      }
      if (mark === '-->') return { date, time, told: status(rest) }
      if (mark === '<--' || mark === '=!=' || mark === '') return { date, time, told: null }
      return { date, time, told: { kind: 'message', nick: mark.replace(/^[~&@%+]/, ''), text: rest } }
    },
  },
  znc: {
    recognises: /^\[\d\d:\d\d:\d\d\] /,
    precisionSeconds: 1,
    read(line) {
      const [, time, rest = ''] = /^\[(\d\d:\d\d:\d\d)\] (.*)$/.exec(line) ?? []
      return time ? body(rest, null, time) : null
    },
  },
  limnoria: {
    recognises: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d {2}/,
    precisionSeconds: 1,
    read(line) {
      const [, date = null, time, rest = ''] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d) {2}(.*)$/.exec(line) ?? []
      return time ? body(rest, date, time) : null
    },
  },
  thelounge: {
    recognises: /^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\] /,
    precisionSeconds: 1,
    utc: true,
    read(line) {
      const [, date = null, time, rest = ''] = /^\[(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d{1,3})?)Z\] (.*)$/.exec(line) ?? []
      return time ? body(rest, date, time) : null
    },
  },
}

/** The format that most of these lines are of, or null. */
export function formatOf(lines: string[]): LogFormat | null {
  const votes = (Object.keys(formats) as LogFormat[]).map((name) => ({
    name,
    count: lines.filter((line) => formats[name].recognises.test(line)).length,
  }))
  const [best] = votes.sort((a, b) => b.count - a.count)
  return best && best.count > 0 ? best.name : null
}

/** `<nick> text`, `* nick text`, `-nick- text`, `*** status`: the way that most write it. */
function body(rest: string, date: string | null, time: string): LogLine | null {
  if (rest.startsWith('*** ')) return { date, time, told: status(rest.slice(4)) }
  const message = /^<[ ~&@%+]?([^\s>]+)> ?(.*)$/.exec(rest)
  if (message) return { date, time, told: said('message', message) }
  const action = /^\* [~&@%+]?(\S+) ?(.*)$/.exec(rest)
  if (action) return { date, time, told: said('action', action) }
  const notice = /^-(\S+)- ?(.*)$/.exec(rest)
  return notice ? { date, time, told: said('notice', notice) } : null
}

function said(kind: 'message' | 'action' | 'notice' | 'topic', match: RegExpExecArray | null): Told {
  const [text, nick] = [match?.at(-1), match?.at(-2)]
  return nick && text !== undefined ? { kind, nick, text } : null
}

/** What programs write of themselves: topics are news; names and who is there help to understand the rest. */
function status(text: string): Told {
  const topic = /^(\S+) (?:changed the topic of \S+ to:|has changed topic for \S+ (?:from ".*" )?to|chang(?:es|ed) topic to) (.*)$/.exec(
    text,
  )
  if (topic) {
    const [, nick = '', written = ''] = topic
    // irssi alone quotes nothing.
    return { kind: 'topic', nick, text: text.includes(' changed the topic of ') ? written : written.replace(/^(["'])(.*)\1$/, '$2') }
  }
  const renamed = /^(\S+) (?:is now known as|changed nick to) (\S+)$/.exec(text)
  if (renamed) return { kind: 'renamed', nick: renamed[1] ?? '', to: renamed[2] ?? '' }
  const joined = /^Joins: (\S+) \(/.exec(text) ?? /^(\S+) .*(?: has joined |\) joined$)/.exec(text)
  return joined ? { kind: 'joined', nick: joined[1] ?? '' } : null
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

function dayOf(year: string, month: string, day: string): LogLine | null {
  const number = MONTHS.indexOf(month) + 1
  return number === 0 ? null : { dayOnly: `${year}-${String(number).padStart(2, '0')}-${day}` }
}
