/** What is said where the timeline is not whole. */
export const gapStrings = {
  since: (time: string) => `since ${time}`,
  several: (count: number, when: string) => `${count} gaps, ${when}`,
  further: (count: number) => `${count} more before these.`,
  wasOff: (span: string) => `This computer was off ${span}.`,
  openOn: (sources: string, since: string) => `Gap on ${sources} ${since}.`,
  on: (sources: string, span: string) => `Gap on ${sources}, ${span}.`,
  mostlyOff: 'This computer was off for most of it.',
  maybeMissing: 'What was said then may not be here.',
  named: (sources: string[]) => new Intl.ListFormat('en-GB').format(sources),
  namedAndMore: (sources: string[], more: number) => `${sources.join(', ')} and ${more} more`,
  /** Behind the reason. */
  tried: (tries: number) => (tries < 1 ? '' : tries === 1 ? '; tried once' : tries === 2 ? '; tried twice' : `; tried ${tries} times`),
}
