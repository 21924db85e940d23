import { justBelow } from '#lib/reading/place'
import { attend, begin, markRead, type ReaderState } from '#lib/reading/reader-state'
import { ownStore } from './account-store.ts'
import { type End, endOfReading } from './caught-up.ts'
import { numberFeeds } from './feed-places.ts'
import { keepFolds } from './folds.ts'
import { type Here, youWereHere } from './here.ts'
import { tellLate } from './late.ts'
import { morePages, type Pages } from './pages.ts'
import { keepPosition, restorePosition } from './position.ts'
import { type ReadMarks, watchReading, withFresh } from './read-marks.ts'
import type { ReaderStore } from './reader-store.ts'
import { showSinceRead } from './since-read.ts'
import { countUnread, type Unread } from './unread.ts'
import { endsOf, type View, viewOf } from './view.ts'

/** What reading the timeline consists of, for what else runs in the browser: live posts and keys. */
export type Reading = { view: View; store: ReaderStore; pages: Pages; marks: ReadMarks; here: Here; unread: Unread; end: End }

/** Begins to keep the reader's place, on pages that have a timeline. */
export function readTimeline(): void {
  reading().catch(reportError)
}

let started: Promise<Reading | null> | null = null

/** The reading of the timeline on this page, once it has begun; null on pages without a timeline. */
export function reading(): Promise<Reading | null> {
  started ??= begun()
  return started
}

async function begun(): Promise<Reading | null> {
  const view = viewOf()
  if (!view) return null
  const store = ownStore()
  const ends = endsOf(view)
  let state = await store.change((kept) => {
    const present = attend(kept, Date.now())
    return ends ? begin(present, justBelow(ends.oldest), view.madeAt) : present
  })
  const openFolds = await keepFolds(view.list, store)
  /** What the reader has hidden from themselves counts as read where it would stand. */
  const passMuted = async () => {
    const muted = (view.list.dataset.muted ?? '').split(' ').filter(Boolean)
    delete view.list.dataset.muted
    if (muted.length === 0) return
    await store.change((kept) =>
      muted.reduce((next, told) => {
        const [entry = '', place = '', source = '', platform = ''] = told.split('/')
        return withFresh(markRead(next, { entry, place, source }), { entry, place, source, platform, seenAt: Date.now() })
      }, kept),
    )
  }
  let newest = ends?.newest
  const changed = () => {
    const top = endsOf(view)?.newest
    // What was put in above was not there when unread posts were counted.
    if (top !== newest) void unread.ask()
    newest = top
    void passMuted()
    openFolds()
    showSinceRead(view, unread.grown())
    marks.refresh()
    here.draw(state)
    end.place(state)
    numberFeeds(view.list)
  }
  const pages = morePages(view, changed)
  const here = youWereHere(view, pages)
  const drawLate = tellLate(view, store)
  const unread = countUnread(view, store, (next) => {
    showSinceRead(view, unread.grown())
    end.place(next)
    numberFeeds(view.list)
  })
  const end = endOfReading(view, store, unread, pages)
  const marks = watchReading(view, store, (read, next) => {
    unread.take(read, next)
    end.tell(next)
  })
  store.subscribe((next) => {
    const moved = next.lastVisit?.at !== state.lastVisit?.at
    state = next
    if (moved) here.draw(next)
    drawLate(next)
  })
  // New posts were put in where they belong (`live.ts`).
  view.list.addEventListener('joined', changed)
  await restorePosition(view, pages)
  here.draw(state)
  keepPosition(view, store, marks.inSight)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void store.change((kept: ReaderState) => attend(kept, Date.now()))
  })
  await passMuted()
  await unread.ask()
  return { view, store, pages, marks, here, unread, end }
}
