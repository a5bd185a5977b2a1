import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ROOT } from '../checkout.ts'
import { estateProblems } from '../estate.errors.ts'
import { describeEstate, runningDaemon } from '../estate.ts'
import { defaultCache } from '../home.ts'
import { readOutside } from '../servers/outside.ts'
import { adminCommand } from '../servers/programs.ts'

/** Revokes the administrator's tokens and writes a new one to the same file. The estate must be up: the plane's database is asked. */
export async function resetToken(home: string): Promise<void> {
  const estate = await describeEstate(home)
  const outside = readOutside(process.env)
  if (!outside.database && !(await runningDaemon(home))) {
    throw estateProblems['home.not-running']({
      detail: `no estate runs in ${estate.home}: start it first, its database holds the tokens`,
    })
  }
  const program = { ...estate, outside, env: process.env, root: ROOT, cache: defaultCache(process.env) }
  const { file, args, env, cwd } = adminCommand(program, ['reset-token', '--file', estate.credentials.operatorToken])
  const child = spawn(file, [...args], { env: { ...env }, cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw estateProblems['estate.failed']({ detail: `the administrator program ended with ${code}` })
  process.stdout.write(`the new token is in ${estate.credentials.operatorToken}\n`)
}

/** Prints the path of the administrator's token, and nothing of the token. Fails with `home.not-running` when there is no estate. */
export async function printTokenPath(home: string): Promise<void> {
  process.stdout.write(`${(await describeEstate(home)).credentials.operatorToken}\n`)
}
