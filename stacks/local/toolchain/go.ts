import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { estateProblems } from '../estate.errors.ts'

export const GO_MINIMUM = { major: 1, minor: 26 } as const
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch
/** Distributions carry older ones, hence the project's own archive. */
export const GO_INSTALL = `curl -fsSL https://go.dev/dl/go1.26.8.linux-${ARCHITECTURE}.tar.gz | sudo tar -C /usr/local -xz && export PATH=$PATH:/usr/local/go/bin`
export const GO_HINT = `Go ${GO_MINIMUM.major}.${GO_MINIMUM.minor} or newer builds the parts that are missing: ${GO_INSTALL}`

/** Reads `go version` output; undefined when it is none. */
export function parseGoVersion(text: string): { major: number; minor: number; text: string } | undefined {
  const match = /\bgo(\d+)\.(\d+)[^\s]*/.exec(text)
  return match ? { major: Number(match[1]), minor: Number(match[2]), text: match[0] } : undefined
}

export const isGoEnough = ({ major, minor }: { major: number; minor: number }): boolean =>
  major > GO_MINIMUM.major || (major === GO_MINIMUM.major && minor >= GO_MINIMUM.minor)

/** The version of the Go on PATH, or undefined when there is none. */
export async function goVersion(env: NodeJS.ProcessEnv) {
  // `local`: what is installed counts, not what it would download
  const asked = promisify(execFile)('go', ['version'], { env: { ...env, GOTOOLCHAIN: 'local' }, cwd: '/' })
  return asked.then(
    ({ stdout }) => parseGoVersion(stdout),
    () => undefined,
  )
}

/** Runs `go` in a folder. Aborting ends it with its compilers. Fails with `toolchain.build-failed` and the end of its output. */
export function runGo(
  args: readonly string[],
  options: { folder: string; env: NodeJS.ProcessEnv; signal: AbortSignal; background?: boolean },
): Promise<string> {
  options.signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const env = { ...options.env, GOTOOLCHAIN: 'local', GOWORK: 'off' }
    const child = spawn('go', args, { cwd: options.folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    child.stderr.on('data', (chunk) => (errors = (errors + String(chunk)).slice(-4000)))
    const end = () => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // already gone
      }
    }
    options.signal.addEventListener('abort', end, { once: true })
    child.once('error', (cause) => reject(estateProblems['toolchain.go-missing']({ detail: GO_HINT, cause })))
    child.once('close', (code) => {
      options.signal.removeEventListener('abort', end)
      if (options.signal.aborted) reject(options.signal.reason)
      else if (code === 0) resolve(output)
      else {
        const detail = `go ${args[0]} in ${options.folder} ended with ${code}; run it again to resume. Its last words:\n${errors.trim().split('\n').slice(-12).join('\n')}`
        reject(estateProblems['toolchain.build-failed']({ detail }))
      }
    })
  })
}
