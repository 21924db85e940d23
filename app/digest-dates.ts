import { Temporal } from 'temporal-polyfill'

/** The date so many days after one (before it, where negative): `2026-11-22`, 1 is `2026-11-23`. */
export function dateBeside(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString()
}
