const list = (names: string[]) => new Intl.ListFormat('en-GB').format(names)

/** What the timeline says of channels, between what was said on them. */
export const noteStrings = {
  quiet: (channels: string[], day: string) => `Nothing was said on ${list(channels)} on ${day}; we heard all of that day.`,
  begun: (channels: string[], day: string) => `We started logging ${list(channels)} on ${day}.`,
  open: (by: string, channels: string[], day: string) =>
    `Consent changed: ${by} agreed on ${day} that everybody may read ${list(channels)} here.`,
  permitted: (by: string, channels: string[], day: string) =>
    `Consent changed: ${by} agreed on ${day} that ${list(channels)} is read here.`,
  closed: (by: string, channels: string[], day: string) =>
    `Consent changed: ${by} withdrew on ${day} the permission for everybody to read ${list(channels)} here; members still do.`,
  withdrawn: (by: string, channels: string[], day: string) =>
    `Consent changed: ${by} withdrew on ${day} the permission to read ${list(channels)} here.`,
}
