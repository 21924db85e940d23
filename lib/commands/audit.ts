import { listDeeds } from '#db/audit-log'
import { runCommand } from './run-command.ts'
import { withDatabase } from './with-database.ts'

// `npm run audit`: what owners did in the last year, the newest first.

await runCommand('audit', ({ say, signal }) =>
  withDatabase({ say, signal }, async () => {
    const deeds = await listDeeds({ role: 'owner' })
    if (deeds.length === 0) say('No owner did anything yet that is written down.')
    for (const { at, who, what, about } of deeds) say(`${at.toISOString()}  ${who} ${what}${about ? `: ${about}` : ''}`)
  }),
)
