import { emptyState, type ReaderState, stateFrom } from '#lib/reading/reader-state'

/** Where a reader's state is kept: in the browser's own storage, and for who is signed in also in their account. */
export type ReaderStore = {
  load(): Promise<ReaderState>
  /** Applies a pure function to the state as it is kept now, whoever changed it last. */
  change(step: (state: ReaderState) => ReaderState): Promise<ReaderState>
  /** Tells of each change, made here or in another tab. Returns what ends it. */
  subscribe(listener: (state: ReaderState) => void): () => void
}

const KEY = 'backplane:reading'

/**
 * The browser's storage, apart for each account. Each change reads what is there, changes it and writes it in one go, so that tabs add to each
 * other's progress and do not overwrite it. Where storage is full or forbidden, the state lasts as long as the page.
 */
export function browserStore(storage: Storage | null = ownStorage(), account = ''): ReaderStore {
  const name = account ? `${KEY}:${account}` : KEY
  const listeners = new Set<(state: ReaderState) => void>()
  let held: ReaderState = emptyState
  let written: string | null = null
  let keeps = storage !== null

  const read = (): ReaderState => {
    if (!storage || !keeps) return held
    const text = storage.getItem(name)
    // Nobody wrote since: what was parsed before is still it.
    if (text === null || text !== written) held = parsed(text)
    written = text
    return held
  }
  const write = (state: ReaderState) => {
    held = state
    if (!storage || !keeps) return
    try {
      written = JSON.stringify(state)
      storage.setItem(name, written)
    } catch {
      keeps = false
    }
  }
  if (typeof addEventListener === 'function') {
    addEventListener('storage', ({ key, storageArea }: StorageEvent) => {
      if (storageArea === storage && (key === name || key === null)) for (const listener of listeners) listener(read())
    })
  }
  return {
    load: async () => read(),
    change: async (step) => {
      const before = read()
      const after = step(before)
      if (after !== before) {
        write(after)
        for (const listener of listeners) listener(after)
      }
      return after
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function parsed(text: string | null): ReaderState {
  try {
    return stateFrom(JSON.parse(text ?? 'null'))
  } catch {
    return emptyState
  }
}

/** Merely to ask for it throws where the reader forbade it. */
function ownStorage(): Storage | null {
  try {
    return globalThis.localStorage
  } catch {
    return null
  }
}
