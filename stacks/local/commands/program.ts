import { Command, InvalidArgumentError, Option } from 'commander'
import { NODE_KINDS, type NodeKind } from '../containers/network.ts'
import { defaultHome } from '../home.ts'
import { backup, openBackup, restore } from './backup.ts'
import { doctor } from './doctor.ts'
import { down, reset, start, up, type StartFlags } from './lifecycle.ts'
import { logs, status } from './status.ts'
import { printTokenPath, resetToken } from './token.ts'
import { buildToolchain } from './toolchain.ts'

const wholeNumber = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('must be a whole number.')
  return Number(text)
}
const names = (text: string): string[] => text.split(',').filter(Boolean)

const home = () =>
  new Option('--home <folder>', 'where the estate keeps its state')
    .env('STEWARD_HOME')
    .default(defaultHome({}), 'the state folder of this account')
const portBase = () =>
  new Option(
    '--port-base <port>',
    'first of its twenty ports; resources take of the 180 above them (7400, or what the home remembers)',
  )
    .env('STEWARD_PORT_BASE')
    .argParser(wholeNumber)
const nodeKind = () =>
  new Option(
    '--node <kind>',
    'how pods run: as processes of this machine, or in containers (Linux, root, containerd)',
  ).choices(NODE_KINDS)
const json = () => new Option('--json', 'print JSON')

/** A command that starts an estate, with its options. */
const starting = (command: Command): Command =>
  command
    .addOption(home())
    .addOption(portBase())
    .addOption(nodeKind())
    .option('--throw-away', 'trade durability for speed; decided at the first start of a home')
    .addOption(
      new Option('--without <parts>', 'leave parts out, separated by commas, for example api,worker')
        .argParser(names)
        .default([]),
    )

/** What keeps an estate and brings it back. */
function addKeeping(program: Command): void {
  program
    .command('backup <file>')
    .description('keep a running estate in one file that only its sealing key opens; the worker stops for the while')
    .addOption(home())
    .action((file: string, flags: { home: string }) => backup(flags.home, file))
  program
    .command('restore <file>')
    .description('put a backup into an empty home, with new credentials; start it afterwards')
    .addOption(home())
    .option(
      '--sealing-key-file <file>',
      'credentials/sealing.key of the estate that was backed up (or STEWARD_SEALING_KEY)',
    )
    .action((file: string, flags: { home: string; sealingKeyFile?: string }) =>
      restore(flags.home, file, flags.sealingKeyFile),
    )
}

function addOpening(program: Command): void {
  program
    .command('open-backup <store> <object> <file>')
    .description('open a backup of a dedicated stack by its store and its key; "steward units backups" names both')
    .addOption(home())
    .action((store: string, object: string, file: string, flags: { home: string }) =>
      openBackup(flags.home, store, object, file),
    )
}

function addToken(program: Command): void {
  const token = program.command('token').description('the administrator of the plane')
  token
    .command('path')
    .description('print where the administrator\u2019s token is, for "steward login --token-file"')
    .addOption(home())
    .action((flags: { home: string }) => printTokenPath(flags.home))
  token
    .command('reset')
    .description('revoke the administrator\u2019s tokens and write a new one: the way back in')
    .addOption(home())
    .action((flags: { home: string }) => resetToken(flags.home))
}

/** The estate's own program: `npm start` and `npm run estate -- …`. It is not the `steward` CLI, which needs no estate. */
export function buildProgram(): Command {
  const program = new Command('estate')
    .description('A small cloud on this machine: PostgreSQL, Kubernetes, Temporal, Prometheus, the API and its worker')
    .helpCommand(false)
    .exitOverride() // the caller turns what was typed wrongly into the exit code that it has everywhere
    .showHelpAfterError('(add --help for what is possible)')
  starting(program.command('start').description('run in the foreground; Ctrl-C ends all of it')).action(
    (flags: StartFlags) => start(flags),
  )
  starting(program.command('up').description('run in the background')).action((flags: StartFlags) => up(flags))
  program
    .command('down')
    .description('end it, also what a killed daemon left behind')
    .addOption(home())
    .action((flags: { home: string }) => down(flags.home))
  program
    .command('status')
    .description('what runs, where, and how much memory it takes')
    .addOption(home())
    .addOption(json())
    .action((flags: { home: string; json?: boolean }) => status(flags.home, flags.json ?? false))
  program
    .command('logs <server>')
    .description('the end of a log')
    .addOption(home())
    .option('-n, --lines <count>', 'how many lines', wholeNumber, 100)
    .action((server: string, flags: { home: string; lines: number }) => logs(flags.home, server, flags.lines))
  program
    .command('reset')
    .description('delete all state of a stopped estate')
    .addOption(home())
    .option('--yes', 'do not ask')
    .action((flags: { home: string; yes?: boolean }) => reset(flags.home, flags.yes ?? false))
  addKeeping(program)
  addOpening(program)
  program
    .command('doctor')
    .description('check this machine; what is missing is named with how to get it')
    .addOption(home())
    .addOption(portBase())
    .addOption(nodeKind())
    .action((flags: { home: string; portBase?: number; node?: NodeKind }) => doctor(flags))
  program
    .command('toolchain')
    .description('obtain every part of the toolchain now')
    .addOption(nodeKind())
    .action((flags: { node?: NodeKind }) => buildToolchain(flags.node))
  addToken(program)
  return program
}
