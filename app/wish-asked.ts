import type { Wish } from '#db/subscriptions'
import { wishFrom } from '#lib/digest/digest-wish'
import { filterFrom, filterWords } from '#lib/reading/filter-address'
import { chosenIn, inWords } from './filter-names.ts'
import { visitor } from './visitor.ts'

/** What the reader of this page asks to be sent by a form. */
export async function wishAsked(form: URLSearchParams): Promise<Wish> {
  const { reader, zone, preferences } = await visitor()
  const nameOf: Parameters<typeof wishFrom>[1]['nameOf'] = async (filter) =>
    inWords(await chosenIn(reader, filterFrom(new URLSearchParams(filterWords(filter).join('&')))))
  return wishFrom(form, { zone, preferences, nameOf })
}
