/** What an owner is told of platforms: what works, and what the rest takes. */
export const setupStrings = {
  title: 'Set up the channels',
  ownerOnly: 'Only the owner of this instance sets up its channels. The address with the owner’s key is printed when Backplane starts.',
  lead: 'What of each channel is read without asking anybody, the cheapest lawful way to the rest, and whom to ask.',
  add: 'Add a source',
  works: 'Works now',
  ways: 'The rest',
  cost: (cost: string) => `It costs ${cost}.`,
  ask: 'Whom to ask',
  where: 'Where to send it',
  letter: (about: string) => `The letter about ${about}, to copy`,
  answers: 'What was answered',
  answered: (source: string, by: string, on: string) => `${source}: permitted by ${by}, ${on}`,
  none: 'No answer is written down yet.',
  record: 'Write the answer down with {command}, or into the entry of the source: {option}. It stands on {about} from the next start.',
  about: 'the page about this instance',
}
