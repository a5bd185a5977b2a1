import type { MoveTable, Sequence } from './tables.ts'

/** One reason why rows cannot move: the rule, what breaks it (quoted), and a sentence. */
export type Refusal = { rule: RefusalRule; object: string; message: string }
export type RefusalRule =
  | 'schema-differs'
  | 'no-primary-key'
  | 'key-without-tenant'
  | 'key-type'
  | 'tenant-id-type'
  | 'replica-identity'
  | 'unlogged'
  | 'partitioned'
  | 'foreign-key'
  | 'unique-without-tenant'
  | 'always-trigger'
  | 'sequence'
  | 'large-objects'
  | 'server'
  | 'no-tables'
  | 'target-holds-rows'

/** Key types whose text means the same value in every session of ours. */
const KEY_TYPES =
  /^(uuid|smallint|integer|bigint|text|boolean|date|character varying(\(\d+\))?|timestamp(\(\d\))? with(out)? time zone)$/

/** What keeps the rows of this table from moving, whatever the other end looks like. */
export function tableRefusals(table: MoveTable): Refusal[] {
  const { key, columns, identity, identityKey } = table
  const because = (when: boolean, rule: RefusalRule, message: string): Refusal[] =>
    when ? [{ rule, object: table.table, message }] : []
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? ''
  const odd = key.filter((name) => !KEY_TYPES.test(typeOf(name)))
  const wide = table.uniques.filter((unique) => !unique.columns.includes('tenant_id')).map(({ name }) => name)
  const loose = table.foreignKeys.filter(({ paired }) => !paired).map(({ name }) => name)
  return [
    ...because(table.kind === 'p' || table.inherits, 'partitioned', 'partitions and inheritance are not followed'),
    ...because(table.persistence === 'u', 'unlogged', 'changes of an unlogged table leave no trace to follow'),
    ...because(key.length === 0, 'no-primary-key', 'rows without a primary key cannot be followed'),
    ...because(key.length > 0 && !key.includes('tenant_id'), 'key-without-tenant', 'the primary key lacks tenant_id'),
    ...because(typeOf('tenant_id') !== 'uuid', 'tenant-id-type', `tenant_id is ${typeOf('tenant_id')}, not uuid`),
    ...because(odd.length > 0, 'key-type', `keys of this type cannot be compared: ${odd.join(', ')}`),
    ...because(
      identity === 'n' || (identity === 'i' && !(identityKey ?? []).includes('tenant_id')),
      'replica-identity',
      'the replica identity does not tell which tenant’s row was changed',
    ),
    ...because(wide.length > 0, 'unique-without-tenant', `unique across tenants: ${wide.join(', ')}`),
    ...because(loose.length > 0, 'foreign-key', `foreign keys that do not pair tenant_id: ${loose.join(', ')}`),
    ...because(table.always.length > 0, 'always-trigger', `would fire for copied rows: ${table.always.join(', ')}`),
  ]
}

/** What makes a table another one: everything but its size and who is asked. */
const shapeOf = (table: MoveTable): Record<string, unknown> => ({ ...table, rows: undefined, bytes: undefined })

/** Differences between the tables of both ends, each named with the part that differs. */
export function schemaRefusals(source: readonly MoveTable[], target: readonly MoveTable[]): Refusal[] {
  const differs = (object: string, message: string): Refusal => ({ rule: 'schema-differs', object, message })
  const others = new Map(target.map((table) => [table.table, shapeOf(table)]))
  const ours = new Set(source.map(({ table }) => table))
  return [
    ...source.flatMap((table) => {
      const other = others.get(table.table)
      if (other === undefined) return [differs(table.table, 'the target lacks this table')]
      const parts = Object.entries(shapeOf(table)).filter(
        ([part, value]) => JSON.stringify(value) !== JSON.stringify(other[part]),
      )
      return parts.length === 0 ? [] : [differs(table.table, `differs in ${parts.map(([part]) => part).join(', ')}`)]
    }),
    ...target
      .filter(({ table }) => !ours.has(table))
      .map(({ table }) => differs(table, 'only the target has this table')),
  ]
}

/** Sequences that cannot be lifted beyond the other end's, or that the target lacks. */
export function sequenceRefusals(source: readonly Sequence[], target: readonly Sequence[]): Refusal[] {
  const there = new Map(target.map((sequence) => [sequence.name, sequence]))
  return source.flatMap((one): Refusal[] => {
    const other = there.get(one.name)
    if (one.cycle || one.increment.startsWith('-'))
      return [{ rule: 'sequence', object: one.name, message: 'a sequence that goes down or round has no beyond' }]
    if (other === undefined)
      return [{ rule: 'schema-differs', object: one.name, message: 'the target lacks this sequence' }]
    if (other.increment === one.increment && other.cycle === one.cycle) return []
    return [{ rule: 'schema-differs', object: one.name, message: 'differs in increment or cycle' }]
  })
}
