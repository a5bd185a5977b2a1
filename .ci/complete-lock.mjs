// Completes package-lock.json after a change of dependencies: `npm run lock`.
//
// Some registries lack the binaries of other platforms that packages name as optional dependencies. npm then leaves them out of
// the lock file without a word, and `npm ci` (11.19) refuses that lock file: "Missing: @oxlint/binding-darwin-arm64@ from lock
// file". An entry with version, os and cpu is enough: on a machine that they do not fit, nothing is fetched for them.
import { readFileSync, writeFileSync } from 'node:fs'

const SYSTEMS = ['darwin', 'linux', 'win32', 'android', 'freebsd', 'netbsd', 'openbsd', 'openharmony', 'aix', 'sunos']
const PROCESSORS = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32', 'arm']

/** Whether a package that lies at `where` finds `name`, in its own folder or in one above. */
function isLocked(packages, where, name) {
  const folders =
    where === ''
      ? ['']
      : where.split('/node_modules/').map((_, depth, parts) => `${parts.slice(0, depth + 1).join('/node_modules/')}/`)
  return ['', ...folders].some((folder) => `${folder}node_modules/${name}` in packages)
}

/** What a platform's package is for, from its name: `@oxlint/binding-linux-x64-musl`. */
function platformOf(name) {
  const words = name.split(/[/-]/)
  const os = words.find((word) => SYSTEMS.includes(word))
  const cpu = words.find((word) => PROCESSORS.includes(word))
  const libc = os !== 'linux' ? undefined : name.includes('musl') ? 'musl' : name.includes('gnu') ? 'glibc' : undefined
  return { ...(cpu && { cpu: [cpu] }), ...(libc && { libc: [libc] }), ...(os && { os: [os] }) }
}

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const missing = Object.entries(lock.packages).flatMap(([where, { optionalDependencies = {}, dev }]) =>
  Object.entries(optionalDependencies)
    .filter(([name]) => !isLocked(lock.packages, where, name))
    .map(([name, version]) => [
      `node_modules/${name}`,
      { version, ...(dev && { dev }), optional: true, ...platformOf(name) },
    ]),
)
if (process.argv.includes('--check')) {
  missing.forEach(([where]) => console.error(`missing in package-lock.json: ${where}`))
  process.exit(missing.length === 0 ? 0 : 1)
}
const sorted = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) }).sort(([a], [b]) => (a < b ? -1 : 1))
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`)
console.log(`${missing.length} optional packages of other platforms added to package-lock.json`)
