import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { systemPath } from './machine.ts'

/** Runs a program of the machine to its end and gives what it printed; throws with what it said when it fails. */
export async function runTool(file: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(file, args, { env: { PATH: systemPath(process.env) }, stdio: 'pipe' })
  child.stdin.on('error', () => undefined) // it may end before it has read everything
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`${file} ${args.join(' ')}: ${errors.trim() || `ended with ${code}`}`)
  return output
}
