import type { Settings } from './settings.ts'

/** The letter to the owners of a workspace, from who would like to show some of its channels to members. Pure. */
export function letter({ workspace, channels }: Settings): string {
  const named = channels.length > 0 ? channels.map((name) => `#${name}`).join(', ') : '#…, #…'
  return `Subject: May we show some of our Slack's public channels in the community's timeline?

Dear owners of ${workspace ?? 'the … workspace'},

we run Backplane, a page where members read what the HPC community says in its channels (Bluesky, Mastodon, blogs, IRC,
r/hpc) in one timeline, by time and nothing else. We would like to show these public channels of this Slack there: ${named}.

What it would do: read these channels, through an app that you make yourselves from a manifest and can take away at any
time; show their messages, with names as in Slack, to members of our instance who signed in, and to nobody else.
What it would not do: read direct messages, private channels or any channel that you do not name; write anything; show
anything in public, in feeds or to search engines; give anything to a language model; keep anything longer than 90 days.
What somebody deletes in Slack goes from it as well. Whoever wants to be left out tells us, and is.

If you agree, please answer with the names of the channels, and whether messages may be quoted in the members' mail digest
(else it says only how many there were). Then make the app (five steps in our README, ten minutes), and post this in
each channel: "This channel is also shown to members of … on …. To be left out, write to …."

You can end it at any time by removing the app; we then delete what we have.

With kind regards,
[your name, how you are reached, and the address of the page]`
}
