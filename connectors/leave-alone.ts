/** Words that people write into their profile to ask programs like this one to leave them alone. */
const LEAVE_ME_ALONE = /#(?:nobots?|noindex|nobridge)(?![\p{L}\p{N}_])/iu

/** Whether a profile asks programs to leave whoever it is alone; in HTML a hashtag is a link with a span in it, so that tags go first. */
export function asksToBeLeftAlone(bio: string): boolean {
  return LEAVE_ME_ALONE.test(bio.replace(/<[^>]*>/g, ''))
}
