import { Command, CommanderError, Option } from 'commander'
import { accessCommands } from './commands/access.ts'
import { auditCommands } from './commands/audit.ts'
import { catalogueCommands } from './commands/catalogue.ts'
import { cellCommands } from './commands/cells.ts'
import { completionCommand } from './commands/completion.ts'
import { certificateCommands } from './commands/certificates.ts'
import { exportCommands } from './commands/exports.ts'
import { evidenceCommands } from './commands/evidence.ts'
import { explainCommands } from './commands/explain.ts'
import { keyCommands } from './commands/keys.ts'
import { moveCommands } from './commands/moves.ts'
import { operationCommands } from './commands/operations.ts'
import { operatorCommands } from './commands/operators.ts'
import { productCommands } from './commands/products.ts'
import { quoteCommands } from './commands/quotes.ts'
import { sessionCommands } from './commands/sessions.ts'
import { tenantCommands } from './commands/tenants.ts'
import { tokenCommands } from './commands/tokens.ts'
import { orphanCommands } from './commands/orphans.ts'
import { unitCommands } from './commands/units.ts'
import { EXIT, Failure, type ExitCode } from './failure.ts'
import { OUTPUT_FORMATS } from './output.ts'
import type { Surroundings } from './session.ts'
import { oneLine, plain } from './text.ts'

const EXIT_CODES = `Exit codes: 0 done, 1 the operation or the plane failed, 2 usage, 3 access, 4 not found, 5 conflict, 6 worth another try`

/** The whole command line as data: what completion and the tests walk over. */
export function buildProgram(around: Surroundings): Command {
  const program = new Command('steward')
    .description('Operate a Steward management plane')
    .option('-c, --context <name>', 'context to use instead of the current one')
    .addOption(
      new Option('-o, --output <format>', 'a table for people or JSON for scripts')
        .choices(OUTPUT_FORMATS)
        .default('table'),
    )
    .showHelpAfterError('(add --help for what is possible)')
    .addHelpText('after', `\n${EXIT_CODES}`)
    .configureOutput({
      writeOut: (text) => around.print(text.trimEnd()),
      writeErr: (text) => around.note(plain(text.trimEnd())),
    })
    .exitOverride()
  const groups = [
    accessCommands,
    catalogueCommands,
    unitCommands,
    orphanCommands,
    productCommands,
    explainCommands,
    operatorCommands,
    tokenCommands,
    sessionCommands,
    cellCommands,
    quoteCommands,
    tenantCommands,
    moveCommands,
    operationCommands,
    evidenceCommands,
    exportCommands,
    certificateCommands,
    auditCommands,
    keyCommands,
  ]
  for (const group of groups) group(around).forEach((command) => program.addCommand(command))
  program.addCommand(completionCommand(around, () => program))
  inheritSettings(program)
  return program
}

/** Commander gives subcommands added as objects none of the parent's settings: exits and output must be ours everywhere. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    inheritSettings(child)
  }
}

/** Runs one command line; returns its exit code and never throws. */
export async function runCommandLine(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  try {
    await buildProgram(around).parseAsync([...argv], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (error instanceof Failure) {
      around.note(`error: ${plain(error.message)} (${error.code})`)
      error.details.forEach((detail) => around.note(`  ${oneLine(detail)}`))
      return error.exitCode
    }
    around.note(`error: ${plain(error instanceof Error ? error.message : String(error))}`)
    return EXIT.other
  }
}
