import { Argument, Command } from 'commander'
import { listSigningKeys, rotateSigningKey } from '../../client/generated/sdk.gen.ts'
import type { SigningKey } from '../../client/generated/types.gen.ts'
import { renderFields, renderTable, type Column } from '../output.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

const COLUMNS: readonly Column<SigningKey>[] = [
  ['ID', (key) => key.id],
  ['PURPOSE', (key) => key.purpose],
  ['CREATED', (key) => key.createdAt],
  ['RETIRED', (key) => key.retiredAt],
  ['ENDORSED BY', (key) => key.endorsedBy],
]

/** The keys behind signed records. */
export const keyCommands = (around: Surroundings): Command[] => [
  new Command('keys')
    .description('Keys with which checkpoints and evidence are signed')
    .addCommand(list(around))
    .addCommand(rotate(around)),
]

const list = (around: Surroundings) =>
  new Command('list')
    .description('Public keys, oldest first; keep the ids of the first ones to verify exports with')
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const { items } = await answer(session, listSigningKeys({ client: session.client }))
      show(session, items, (keys) => renderTable(COLUMNS, keys))
    })

const rotate = (around: Surroundings) =>
  new Command('rotate')
    .description('Make a new key; what the old one signed can still be verified')
    .addArgument(new Argument('<purpose>', 'what the key signs').choices(['audit', 'evidence']))
    .action(async (purpose: SigningKey['purpose'], _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const key = await answer(session, rotateSigningKey({ client: session.client, body: { purpose } }))
      show(session, key, ({ id, createdAt, endorsedBy }) =>
        renderFields([
          ['id', id],
          ['purpose', purpose],
          ['created', createdAt],
          ['endorsed by', endorsedBy],
        ]),
      )
    })
