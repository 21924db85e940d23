import { expect, test } from 'vitest'
import { accountStore, type Exchange } from '#app/reading/account-store'
import { browserStore } from '#app/reading/reader-store'
import { begin, emptyState, isRead, markRead, merge, type ReaderState } from '#lib/reading/reader-state'

const entry = (id: number) => ({ entry: String(id), place: `${id}000-${id}`, source: 'a' })

/** An account as the server keeps it; `away` while it cannot be reached. */
function anAccount(kept: ReaderState = emptyState) {
  const account = { kept, away: false, asked: 0 }
  const exchange: Exchange = async (told) => {
    account.asked++
    if (account.away) return null
    account.kept = merge(account.kept, told)
    return account.kept
  }
  return { account, exchange }
}

test('what was read on one device is read on the other when it opens', async () => {
  const { account, exchange } = anAccount()
  const desk = accountStore(browserStore(null), null, exchange)
  await desk.change((state) => markRead(state, entry(1)))
  await expect.poll(() => isRead(account.kept, entry(1))).toBe(true)
  const phone = accountStore(browserStore(null), null, exchange)
  expect(isRead(await phone.load(), entry(1))).toBe(true)
})

test('what was read before signing in moves into the account, and out of the browser', async () => {
  const { account, exchange } = anAccount()
  const before = browserStore(null)
  await before.change((state) => markRead(begin(state, '1-1', 5), entry(2)))
  const store = accountStore(browserStore(null), before, exchange)
  expect(isRead(await store.load(), entry(2))).toBe(true)
  expect(isRead(account.kept, entry(2))).toBe(true)
  expect(await before.load()).toEqual(emptyState)
})

test('while the account cannot be reached nothing is lost', async () => {
  const { account, exchange } = anAccount()
  account.away = true
  const before = browserStore(null)
  await before.change((state) => markRead(begin(state, '1-1', 5), entry(3)))
  const browser = browserStore(null)
  const store = accountStore(browser, before, exchange)
  await store.change((state) => markRead(state, entry(4)))
  expect((await before.load()).baseline).not.toBe(null)
  account.away = false
  const again = accountStore(browser, before, exchange)
  await again.load()
  expect(isRead(account.kept, entry(3)) && isRead(account.kept, entry(4))).toBe(true)
})

test('listeners hear what the account told, and nothing when it told nothing new', async () => {
  const { exchange } = anAccount(markRead(emptyState, entry(5)))
  const browser = browserStore(null)
  const heard: boolean[] = []
  browser.subscribe((state) => heard.push(isRead(state, entry(5))))
  await accountStore(browser, null, exchange).load()
  expect(heard).toEqual([true])
  await accountStore(browser, null, exchange).load()
  expect(heard).toEqual([true])
})
