import type { Find } from '#lib/reading/search-marks'

/** Plain text in which what was searched for is marked. */
export function Marked({ text, find }: { text: string; find?: Find }) {
  const spans = find?.(text) ?? []
  if (spans.length === 0) return text
  return (
    <>
      {spans.map(({ start, end }, index) => (
        <span key={start}>
          {text.slice(spans[index - 1]?.end ?? 0, start)}
          <mark>{text.slice(start, end)}</mark>
        </span>
      ))}
      {text.slice(spans.at(-1)?.end)}
    </>
  )
}
