import { noteFold } from '#lib/reading/reader-state'
import { firstInSight, keepInPlace } from './quiet-scroll.ts'
import type { ReaderStore } from './reader-store.ts'

/**
 * Remembers which folds (`details[data-fold]`) were opened: copies, context, long texts and chats. What somebody warned of
 * is no such fold, and is asked for each time. Returns what opens them among entries that came later; nothing in sight is
 * moved by it.
 */
export async function keepFolds(list: HTMLElement, store: ReaderStore): Promise<() => void> {
  let { unfolded } = await store.load()
  store.subscribe((state) => {
    unfolded = state.unfolded
  })
  const open = () => {
    const fresh = [...list.querySelectorAll<HTMLDetailsElement>('details[data-fold]:not([data-kept])')]
    const wanted = fresh.filter((fold) => !fold.open && unfolded[fold.dataset.fold ?? ''])
    if (wanted.length > 0)
      keepInPlace(firstInSight(list.querySelectorAll<HTMLElement>('[data-entry]')), () => {
        for (const fold of wanted) fold.open = true
      })
    for (const fold of fresh) fold.dataset.kept = ''
  }
  open()
  list.addEventListener(
    'toggle',
    ({ target }) => {
      if (!(target instanceof HTMLDetailsElement)) return
      const { fold } = target.dataset
      if (fold && target.open !== fold in unfolded) void store.change((state) => noteFold(state, fold, target.open, Date.now()))
    },
    true,
  )
  return open
}
