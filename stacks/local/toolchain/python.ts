import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Oldest Python that the server which stands in for AWS in tests runs on. */
const PYTHON_MINIMUM = 11
const INSTALL: Readonly<Record<string, string>> = {
  debian: 'sudo apt-get install -y python3-venv',
  ubuntu: 'sudo apt-get install -y python3-venv',
  fedora: 'sudo dnf install -y python3',
  rhel: 'sudo dnf install -y python3',
  suse: 'sudo zypper install -y python3',
  arch: 'sudo pacman -S --noconfirm python',
  alpine: 'sudo apk add python3',
}

/** The command that installs Python with virtual environments here, from the text of `/etc/os-release`. */
export function pythonInstallCommand(osRelease: string): string {
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(osRelease)?.[1]?.split(' ') ?? []
  const known = [...field('ID'), ...field('ID_LIKE')].map((id) => INSTALL[id]).find(Boolean)
  return known ?? `install Python 3.${PYTHON_MINIMUM} or newer with its modules venv and ensurepip`
}

export type Python = { program: string; version: string }

/** Python on the PATH that can make virtual environments; undefined without one. Only tests of the AWS adapters use it. */
export async function findPython(env: NodeJS.ProcessEnv): Promise<Python | undefined> {
  // Debian ships venv without ensurepip, which only fails once an environment is being made
  const script = 'import sys, venv, ensurepip; print(sys.executable); print("%d.%d" % sys.version_info[:2])'
  const asked = await promisify(execFile)('python3', ['-c', script], { env, timeout: 20_000 }).catch(() => undefined)
  const [program = '', version = ''] = asked?.stdout.trim().split('\n') ?? []
  const [major, minor] = version.split('.').map(Number)
  return major === 3 && (minor ?? 0) >= PYTHON_MINIMUM ? { program, version } : undefined
}
