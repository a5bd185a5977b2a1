import { Command, CommanderError } from 'commander'
import { accessCommands } from './commands/access.ts'
import { auditCommands } from './commands/audit.ts'
import { catalogueCommands } from './commands/catalogue.ts'
import { cellCommands } from './commands/cells.ts'
import { completionCommand } from './commands/completion.ts'
import { operationCommands } from './commands/operations.ts'
import { tenantCommands } from './commands/tenants.ts'
import { EXIT, Failure, type ExitCode } from './failure.ts'
import type { Surroundings } from './session.ts'

/** The whole command line as data: what completion and the tests walk over. */
export function buildProgram(around: Surroundings): Command {
  const program = new Command('steward')
    .description('Operate a Steward management plane')
    .option('-c, --context <name>', 'context to use instead of the current one')
    .option('-o, --output <format>', '"table" for people, "json" for scripts', 'table')
    .showHelpAfterError('(add --help for what is possible)')
    .configureOutput({ writeOut: (text) => around.print(text.trimEnd()), writeErr: (text) => around.note(text.trimEnd()) })
    .exitOverride()
  const groups = [accessCommands, catalogueCommands, cellCommands, tenantCommands, operationCommands, auditCommands]
  for (const group of groups) group(around).forEach((command) => program.addCommand(command))
  return program.addCommand(completionCommand(around, () => program))
}

/** Runs one command line; returns its exit code and never throws. */
export async function runCommandLine(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  try {
    const program = buildProgram(around)
    inheritSettings(program)
    await program.parseAsync([...argv], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (error instanceof Failure) {
      around.note(`error: ${error.message} (${error.code})`)
      error.details.forEach((detail) => around.note(`  ${detail}`))
      return error.exitCode
    }
    around.note(`error: ${error instanceof Error ? error.message : String(error)}`)
    return EXIT.other
  }
}

/** Commander gives subcommands added as objects none of the parent's settings: exits and output must be ours everywhere. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    inheritSettings(child)
  }
}
