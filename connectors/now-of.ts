/**
 * What time it is for a run: by the clock that all workers share, where it has one. A machine whose own clock is wrong would
 * ask a platform for times that are not yet there or leave out the newest, and say of spans that they were seen which were not.
 */
export function nowOf({ now }: { now?: () => Date }): Date {
  return now?.() ?? new Date()
}
