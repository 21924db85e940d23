import type { SourceRow } from '#db/sources'
import type { SourceRules } from '#db/sources-schema'
import { type SourceHealth, span } from '#lib/sources/source-health'
import { sourcesStrings as words } from './strings/sources.ts'

/** What a source lets in and how it is read, in a few words each. */
export function factsOf(source: SourceRow, { state }: SourceHealth): string[] {
  return [
    state !== 'off' && how(source),
    ...rulesInWords(source.rules),
    source.audience === 'members' && words.membersOnly,
    source.permission && words.permitted(source.permission.by, source.permission.on),
  ].filter((word) => typeof word === 'string')
}

function how({ mode, everySeconds }: SourceRow): string {
  return mode === 'polled' ? words.polled(span(everySeconds * 1000)) : words.states.live
}

function rulesInWords({ include, exclude, languages, replies, reposts }: SourceRules): string[] {
  return [
    include.length > 0 && words.onlyWith(include),
    exclude.length > 0 && words.notWith(exclude),
    languages.length > 0 && words.onlyIn(languages),
    replies === 'none' && words.withoutReplies,
    replies === 'self' && words.withoutRepliesToOthers,
    reposts === 'none' && words.withoutReposts,
  ].filter((word) => word !== false)
}

/** With its full stop. The first letter stays: it may be that of a host. */
export function stopped(sentence: string): string {
  return `${sentence.trim().replace(/\.$/, '')}.`
}
