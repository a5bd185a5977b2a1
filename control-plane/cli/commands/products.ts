import { Command } from 'commander'
import { addProductVersion, getProduct, listProducts, registerProduct } from '../../client/generated/sdk.gen.ts'
import type { Product, ProductVersion } from '../../client/generated/types.gen.ts'
import { askingHeaders, given, wholeNumber, type Asking } from '../accepted.ts'
import { renderFields, renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Session, type Surroundings } from '../session.ts'
import { checkCommand } from './product-check.ts'

const COLUMNS: readonly Column<Product>[] = [
  ['NAME', (product) => product.name],
  ['TITLE', (product) => product.title],
  ['CHART', (product) => product.chart],
  ['IMAGE', (product) => product.image],
  ['CONTRACT', (product) => product.contract],
  ['VERSIONS', (product) => product.versions.map(({ version }) => version).join(' ')],
]
const said = ({ version, schema, rollbackTo, default: isDefault }: ProductVersion): string =>
  `${version}: schema ${schema}, goes back to ${rollbackTo}${isDefault ? ', default of new cells' : ''}`

/** Products: what units can carry, and what their versions do to a database. */
export const productCommands = (around: Surroundings): Command[] => {
  const group = new Command('products').description('Applications that this plane operates')
  for (const make of [list, get, register, addVersion, checkCommand]) group.addCommand(make(around))
  return [group]
}

const shown = (session: Session, product: Product): void =>
  show(session, product, (one) =>
    renderFields([
      ...COLUMNS.slice(0, -1).map(([heading, value]) => [heading.toLowerCase(), value(one)] as const),
      ['generation', one.generation],
      ['versions', one.versions.map(said).join('\n') || 'none yet: add one with "steward products add-version"'],
    ]),
  )

const list = (around: Surroundings) =>
  new Command('list').description('All products').action(async (_options: unknown, command: Command) => {
    const session = await openSession(command, around)
    const { client } = session
    const all = await everyPage(session, Number.POSITIVE_INFINITY, (page) => listProducts({ client, query: page }))
    show(session, all, (items) => renderTable(COLUMNS, items))
  })

const get = (around: Surroundings) =>
  new Command('get')
    .description('One product with its versions')
    .argument('<product>')
    .action(async (product: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      shown(session, await answer(session, getProduct({ client: session.client, path: { product } })))
    })

const KEY = ['--idempotency-key <key>', 'name of this request: repeated with the same name it is done once'] as const
type Register = Asking & { title?: string; chart?: string; image?: string; contract?: string }

const register = (around: Surroundings) =>
  new Command('register')
    .description('Register a product; its versions are added afterwards')
    .argument('<name>')
    .option('--title <text>', 'what people call it')
    .option('--chart <name>', 'folder of its chart in one of STEWARD_CHARTS of the worker; its name when left out')
    .option(
      '--image <repository>',
      'repository of its image, which the guardrails of the cluster must allow; its name when left out',
    )
    .option('--contract <version>', 'version of the product contract that it keeps')
    .option(...KEY)
    .action(async (name: string, options: Register, command: Command) => {
      const session = await openSession(command, around)
      const { title, chart, image, contract } = options
      const body = { name, ...given({ title, chart, image, contract }) }
      const reply = registerProduct({ client: session.client, body, headers: askingHeaders(options) })
      shown(session, await answer(session, reply))
    })

type Add = Asking & { schema: number; rollbackTo?: number; default?: boolean }

const addVersion = (around: Surroundings) =>
  new Command('add-version')
    .description('Register a version of a product')
    .argument('<product>')
    .argument('<version>', 'tag of its image')
    .requiredOption(
      '--schema <n>',
      'how far its expand migrations bring a database; rises when they change',
      wholeNumber,
    )
    .option('--rollback-to <n>', 'lowest schema whose code still runs after them; its own when left out', wholeNumber)
    .option('--default', 'what new cells get when they name no version')
    .option(...KEY)
    .action(async (product: string, version: string, options: Add, command: Command) => {
      const session = await openSession(command, around)
      const { schema, rollbackTo, default: isDefault } = options
      const body = { version, schema, ...given({ rollbackTo, default: isDefault }) }
      const path = { product }
      const reply = addProductVersion({ client: session.client, path, body, headers: askingHeaders(options) })
      shown(session, await answer(session, reply))
    })
