import type { Metadata } from 'next'
import type { Reader } from '#db/audience'
import { personPages } from '#db/person-accounts'
import { muteKinds } from '#lib/reading/preferences'
import { attempt } from '../attempt.ts'
import { Frame } from '../frame.tsx'
import { MuteForm } from '../mute-form.tsx'
import { type Muting, muteHref } from '../mute-href.ts'
import { ProblemLine } from '../problem-line.tsx'
import { preferencesStrings } from '../strings/preferences.ts'
import { visitor } from '../visitor.ts'

type Asked = { [name: string]: string | string[] | undefined }

const strings = preferencesStrings.mutes

export const metadata: Metadata = { title: strings.page }

/** Asks for how long and how: `/mute?person=<platform>:<id>&name=Ada`, or `word`, `source`, `flair`, `tag`; without any, for a word. */
export default async function MutePage({ searchParams }: { searchParams: Promise<Asked> }) {
  const asked = await searchParams
  const { reader, zone, now } = await visitor()
  const muting = await wholePerson(reader, mutingFrom(asked))
  const back = one(asked.back) ?? '/settings#mutes'
  return (
    <Frame>
      <h1>{muting ? strings.heading(muting) : strings.add}</h1>
      <ProblemLine word={asked.problem} />
      {muting && muting.keys.length > 1 && <p className="lead">{strings.accounts(muting.keys.length)}</p>}
      <MuteForm muting={muting} back={back} mend={muteHref(muting, back)} zone={zone} now={now} />
      <p className="lead">
        <a href="/settings#mutes">{strings.list}</a>
      </p>
    </Frame>
  )
}

/** Who mutes an account mutes the person: all accounts that are shown to be theirs. */
async function wholePerson(reader: Reader, muting: Muting | null): Promise<Muting | null> {
  if (muting?.what !== 'person') return muting
  const found = await attempt(() => personPages(reader, muting.keys))
  const others = [...(found?.values() ?? [])].flatMap(({ accounts }) => accounts.map(({ key }) => key))
  return { ...muting, keys: [...new Set([...muting.keys, ...others])] }
}

function mutingFrom(asked: Asked): Muting | null {
  const what = muteKinds.find((kind) => asked[kind] !== undefined)
  const keys = what ? [asked[what] ?? []].flat().filter((key) => key.trim() !== '') : []
  const [first] = keys
  return what && first ? { what, keys, name: one(asked.name)?.trim() || first } : null
}

function one(value: string | string[] | undefined): string | undefined {
  return [value].flat()[0]
}
