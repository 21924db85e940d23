import { liveStrings as say } from '../strings/live.ts'
import { showsCounts } from './shows-counts.ts'
import type { Grown } from './unread.ts'
import type { View } from './view.ts'

/** Says in the foot of each conversation that went on since it was read by how much, and leads to the first new line. */
export function showSinceRead(view: View, grown: Grown[]): void {
  for (const { entry, first, unread } of grown) {
    const article = view.list.querySelector<HTMLElement>(`[data-entry="${entry}"]`)
    const foot = article?.querySelector('footer')
    // What came while the page was open has its own word there, which unfolds it (`grown.ts`).
    if (!foot || foot.querySelector('.grown')) continue
    const link = foot.querySelector<HTMLAnchorElement>('.since-read') ?? document.createElement('a')
    link.className = 'since-read'
    link.textContent = showsCounts() ? say.grown(unread) : say.someGrown
    link.title = say.sinceRead(unread)
    link.href = document.getElementById(`l${first}`) ? `#l${first}` : `/p/${entry}#l${first}`
    if (!link.isConnected) foot.prepend(link)
  }
}
