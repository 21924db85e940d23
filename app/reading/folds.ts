import { noteFold } from './reader-state.ts'
import type { ReaderStore } from './reader-store.ts'

/** Remembers which folds (`details[data-fold]`) were opened. Returns what opens them among entries that came later. */
export async function keepFolds(list: HTMLElement, store: ReaderStore): Promise<() => void> {
  let { unfolded } = await store.load()
  store.subscribe((state) => {
    unfolded = state.unfolded
  })
  const open = () => {
    for (const fold of list.querySelectorAll<HTMLDetailsElement>('details[data-fold]:not([open])'))
      if (unfolded[fold.dataset.fold ?? ''] && !fold.dataset.kept) fold.open = true
    for (const fold of list.querySelectorAll<HTMLDetailsElement>('details[data-fold]')) fold.dataset.kept = ''
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
