import { nameOfNetwork, type Settings } from './settings.ts'

/** The letter to those who run a channel, from who would like to show what is said there. Pure. */
export function letter(settings: Settings): string {
  const { channel, network } = settings
  const how =
    'server' in settings
      ? 'be in the channel under one nick that says what it is, and keep what is said there'
      : 'read the log that somebody who is in the channel keeps, and show what was said'
  // A paragraph is a line: it is wrapped where it is read.
  return [
    `Subject: May we show what is said in ${channel} in a timeline of the community?`,
    `Dear operators of ${channel} on ${nameOfNetwork(network)},`,
    `we run Backplane, a page that shows what the HPC community says in its channels in one timeline, by time and nothing else. We would like to have ${channel} in it, and ask for your permission: to read along, and, which is another matter, to show the log in public.`,
    `What it would do: ${how}: nick, time, text. What it cannot do: say anything there, to the channel or to anybody. It stores no private messages, and neither who comes and goes nor from where.`,
    `Whoever begins a line with [off] or [nolog] is not stored. Whoever wants to be left out altogether tells us a nick or an account: from then on nothing of theirs is stored, and what was stored before goes.`,
    `If you agree, please answer with whether the log may be public, for members who signed in only, or not at all, and from which day. We would be glad of a line in the topic or the entry message: "This channel is logged at …. Begin a line with [off] to keep it out; to be left out altogether, write to …."`,
    `You can end it at any time, with a word to us or a ban; we then delete what we have if you wish it.`,
    `With kind regards,
[your name, how you are reached, and the address of the page]`,
  ].join('\n\n')
}
