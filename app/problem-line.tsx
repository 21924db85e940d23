import { problems } from '#lib/reading/change-preferences'
import { preferencesStrings } from './strings/preferences.ts'

/** Why what was asked for was not done, as the address says it; nothing for any other word. */
export function ProblemLine({ word }: { word: string | string[] | undefined }) {
  const problem = problems.find((one) => one === word)
  if (!problem) return null
  return (
    <p className="problem" role="alert">
      {preferencesStrings.problems[problem]}
    </p>
  )
}
