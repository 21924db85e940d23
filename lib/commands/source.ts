import { configuration } from '../config.ts'
import { runCommand } from './run-command.ts'
import { sourceCommand } from './source-command.ts'

// `npm run source -- list|add|remove|pause|permit|check|export`.

await runCommand('source', (given) => sourceCommand(given, configuration().SOURCES))
