import type { Suggestions } from '../search/suggestions/route.ts'
import { searchStrings as say } from '../strings/search.ts'

type Offer = { insert: string; means: string }

/** More are not read. */
const MOST = 8

/**
 * Offers operators and their known values for the word at the cursor of the search field, as a combobox with a list
 * (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). What it can offer is fetched when the field is first used. Without
 * a choice Enter searches, as without a script.
 */
export function suggestSearches(root: Document): void {
  const field = root.querySelector<HTMLInputElement>('#search')
  if (!field) return
  const list = root.createElement('ul')
  list.id = 'search-suggestions'
  list.role = 'listbox'
  list.ariaLabel = say.suggestions
  list.hidden = true
  field.closest('search')?.append(list)
  field.role = 'combobox'
  field.ariaExpanded = 'false'
  field.setAttribute('aria-autocomplete', 'list')
  field.setAttribute('aria-controls', list.id)

  let known: Promise<Suggestions> | null = null
  let offers: Offer[] = []
  let chosen = -1

  const show = (some: Offer[]) => {
    offers = some
    choose(-1)
    list.replaceChildren(...offers.map(optionFor))
    list.hidden = offers.length === 0
    field.ariaExpanded = String(!list.hidden)
  }
  const choose = (index: number) => {
    chosen = index
    for (const [nth, option] of [...list.children].entries()) option.ariaSelected = String(nth === index)
    const option = list.children[index]
    if (option) field.setAttribute('aria-activedescendant', option.id)
    else field.removeAttribute('aria-activedescendant')
    option?.scrollIntoView({ block: 'nearest' })
  }
  const optionFor = ({ insert, means }: Offer, index: number) => {
    const option = root.createElement('li')
    option.id = `search-suggestion-${index}`
    option.role = 'option'
    option.ariaSelected = 'false'
    const words = root.createElement('b')
    words.textContent = insert
    const explained = root.createElement('small')
    explained.textContent = means
    option.append(words, explained)
    // Before the field loses the focus.
    option.addEventListener('mousedown', (event) => {
      event.preventDefault()
      take(index)
    })
    return option
  }
  const take = (index: number) => {
    const offer = offers[index]
    if (!offer) return
    const { start, end } = wordAt(field)
    field.setRangeText(offer.insert.endsWith(':') ? offer.insert : `${offer.insert} `, start, end, 'end')
    void suggest()
  }
  const suggest = async () => {
    known ??= fetch('/search/suggestions').then((response) => response.json())
    const suggestions = await known.catch(() => null)
    if (!suggestions) known = null
    else if (root.activeElement === field) show(offersFor(wordAt(field).word, suggestions))
  }

  field.addEventListener('input', () => void suggest())
  field.addEventListener('blur', () => show([]))
  field.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' && list.hidden) void suggest()
    if (list.hidden || event.isComposing) return
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (move) choose(((chosen + move + offers.length + 2) % (offers.length + 1)) - 1)
    else if (event.key === 'Escape') show([])
    else if (event.key === 'Enter' && chosen >= 0) take(chosen)
    else return
    event.preventDefault()
    event.stopPropagation()
  })
  // Whoever types fast has begun before this was here.
  if (field.value) void suggest()
}

/** The word that the cursor stands in or behind, from its beginning; with a quote, up to where that began. */
function wordAt(field: HTMLInputElement): { start: number; end: number; word: string } {
  const end = field.selectionEnd ?? field.value.length
  const [word = ''] = /(?:[^\s"]*"[^"]*|[^\s"]*)$/.exec(field.value.slice(0, end)) ?? []
  // An even number of quotes before it: the last one was closed.
  const open = (field.value.slice(0, end).split('"').length - 1) % 2 === 1
  const own = open ? word : word.replace(/^.*[\s"]/s, '')
  return { start: end - own.length, end, word: own }
}

/** What a word may become: an operator, or a value of the one that it names. */
export function offersFor(word: string, suggestions: Suggestions): Offer[] {
  const [, minus = '', name = '', colon, begun = ''] = /^(-?)([a-z]*)(:?)"?(.*)$/is.exec(word) ?? []
  const operator = suggestions.find((suggestion) => suggestion.operator === name.toLowerCase())
  if (colon && operator) {
    const like = begun.toLowerCase()
    return operator.values
      .filter(({ value, means }) => [value, means].some((text) => text.toLowerCase().replaceAll('"', '').includes(like)))
      .filter(({ value }) => value.toLowerCase() !== like)
      .slice(0, MOST)
      .map(({ value, means }) => ({ insert: `${minus}${name.toLowerCase()}:${value}`, means }))
  }
  if (!name || colon) return []
  return suggestions
    .filter((suggestion) => suggestion.operator.startsWith(name.toLowerCase()))
    .slice(0, MOST)
    .map((suggestion) => ({ insert: `${minus}${suggestion.operator}:`, means: suggestion.means }))
}
