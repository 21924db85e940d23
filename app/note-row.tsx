import type { ChannelNote } from '#db/channel-notes'
import { noteStrings as say } from './strings/notes.ts'
import { dayName } from './when.ts'

/** A line on the rail of what happened to a channel, which nobody said. */
export function NoteRow({ note, zone, now }: { note: ChannelNote; zone: string; now: Date }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <article> is something that somebody said; this is an item among them
    <div className="note" role="article">
      {wordsOf(note, dayName(note.at, zone, now))}
    </div>
  )
}

function wordsOf(note: ChannelNote, day: string): string {
  switch (note.kind) {
    case 'quiet':
      return say.quiet(note.sources, day)
    case 'begun':
      return say.begun(note.sources, day)
    case 'permitted':
      return note.open ? say.open(note.by, note.sources, day) : say.permitted(note.by, note.sources, day)
    case 'withdrawn':
      return note.open ? say.closed(note.by, note.sources, day) : say.withdrawn(note.by, note.sources, day)
    default:
      return note satisfies never
  }
}
