import { emptyState, merge, type ReaderState, stateFrom } from '#lib/reading/reader-state'
import { browserStore, type ReaderStore } from './reader-store.ts'

/** What a browser knows goes to the account this long after a change (ms): who scrolls changes it all the time. */
const SAVE_AFTER_MS = 2000
/** A page opens where the account says; one that takes longer to say it (ms) is told later. */
const PATIENCE_MS = 1500

/** Adds a state to the account's, and gives what it knows now; null when it cannot be reached, or nobody is signed in any more. */
export type Exchange = (state: ReaderState) => Promise<ReaderState | null>

/**
 * Where the state of a reader with an account is kept: in the browser, as anybody's, and in the account, with which the
 * browser exchanges what each knows. Both only ever add to each other, so that it does not matter who comes first. `before` is what was
 * read here before its reader signed in: it moves into the account.
 */
export function accountStore(browser: ReaderStore, before: ReaderStore | null, exchange: Exchange): ReaderStore {
  let saving: ReturnType<typeof setTimeout> | undefined

  const synchronise = async () => {
    clearTimeout(saving)
    saving = undefined
    const told = await exchange(await browser.load())
    if (told) await browser.change((kept) => unlessSame(kept, merge(kept, told)))
    return told !== null
  }
  const moveIn = async () => {
    const earlier = (await before?.load()) ?? emptyState
    if (earlier !== emptyState && earlier.baseline) await browser.change((kept) => merge(kept, earlier))
    if ((await synchronise()) && earlier.baseline) await before?.change(() => emptyState)
  }
  const ready = Promise.race([moveIn(), new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS))])

  if (typeof document === 'object')
    document.addEventListener('visibilitychange', () => {
      // Somebody comes back from another device, or leaves for one.
      if (!document.hidden || saving !== undefined) void synchronise()
    })
  return {
    async load() {
      await ready
      return browser.load()
    },
    async change(step) {
      await ready
      const was = await browser.load()
      const is = await browser.change(step)
      if (is !== was) saving ??= setTimeout(() => void synchronise(), SAVE_AFTER_MS)
      return is
    },
    subscribe: browser.subscribe,
  }
}

/** The store of whoever looks at this page. */
export function ownStore(): ReaderStore {
  const account = document.documentElement.dataset.account
  return account ? accountStore(browserStore(undefined, account), browserStore(), askServer) : browserStore()
}

async function askServer(state: ReaderState): Promise<ReaderState | null> {
  try {
    // What is sent while the page goes away is finished without it, up to 64 KB.
    const body = JSON.stringify(state)
    const keepalive = document.hidden && body.length < 60_000
    const answer = await fetch('/api/place', { method: 'POST', body, keepalive, headers: { 'Content-Type': 'application/json' } })
    return answer.ok ? stateFrom(await answer.json()) : null
  } catch {
    return null
  }
}

/** The state itself where nothing in it has changed, so that nobody is told of news that are none. */
function unlessSame(before: ReaderState, after: ReaderState): ReaderState {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after
}
