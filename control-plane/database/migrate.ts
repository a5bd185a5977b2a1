import { readFileSync } from 'node:fs'
import { migrate } from './migrations.ts'

const file = process.env['DATABASE_OWNER_URL_FILE']
const url = file === undefined ? process.env['DATABASE_OWNER_URL'] : readFileSync(file, 'utf8').trim()
if (url === undefined) {
  console.error('DATABASE_OWNER_URL (or DATABASE_OWNER_URL_FILE) must name the database as the login that owns it')
  process.exit(2)
}
const ran = await migrate(url)
console.log(ran.length === 0 ? 'the schema is up to date' : `migrated: ${ran.join(', ')}`)
