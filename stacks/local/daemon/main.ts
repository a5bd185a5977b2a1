import { runDaemon } from './run.ts'

// The input comes by environment, so that the process list shows what this is without a page of JSON.
const input = process.env['STEWARD_DAEMON']
if (!input) {
  process.stderr.write('this program is started by "npm start" or "npm run estate -- up"\n')
  process.exit(2)
}
delete process.env['STEWARD_DAEMON'] // not for the programs it starts
await runDaemon(JSON.parse(input))
