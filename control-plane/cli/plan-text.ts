import type { ChangePlan } from '../client/generated/types.gen.ts'
import { money } from './money.ts'
import { oneLine } from './text.ts'

type Content = NonNullable<ChangePlan['content']>

const MARKS: Readonly<Record<string, string>> = { create: '+', update: '~', delete: '-', adopt: '=', keep: ' ' }
const markOf = (action: string): string => MARKS[action] ?? '±'

const CLUSTERS: Readonly<Record<Content['cluster'], string>> = {
  none: 'there is no cluster yet',
  compared: 'compared with its cluster',
  unreachable: 'its cluster does not answer, so nothing was compared',
}
/** Objects are many and alike: more than these are counted. */
const NAMED = 8

/** Of what is somebody else's everything is told. */
const adoptedLines = ({ objects, cluster }: Content): string[] => [
  `${objects.length} objects in its cluster (${CLUSTERS[cluster]})`,
  ...objects.map(({ action, object, changed = [] }) =>
    oneLine(`  ${markOf(action)} ${action} ${object}${changed.length === 0 ? '' : `: adds ${changed.join(', ')}`}`),
  ),
]

function objectLines(content: Content): string[] {
  const { objects, cluster, change } = content
  if (change === 'adopt') return adoptedLines(content)
  const changing = objects.filter(({ action }) => action !== 'keep')
  const stay = objects.length - changing.length
  const kept = stay === 0 ? '' : `, ${stay} ${stay === 1 ? 'stays as it is' : 'stay as they are'}`
  const more = changing.length > NAMED ? [`  … and ${changing.length - NAMED} more`] : []
  const count = `${changing.length} ${changing.length === 1 ? 'object changes' : 'objects change'}`
  return [
    `${count} in its cluster${kept} (${CLUSTERS[cluster]})`,
    ...changing
      .slice(0, NAMED)
      .flatMap((one) => [`  ${markOf(one.action)} ${oneLine(one.object)}`, ...fieldLines(one)]),
    ...more,
  ]
}

const FIELDS = 6
const VALUE_MAX = 60
const short = (value: string | null): string =>
  value === null ? 'nothing' : value.length > VALUE_MAX ? `${value.slice(0, VALUE_MAX)}…` : value

function fieldLines({ fields }: Content['objects'][number]): string[] {
  const named = fields
    .slice(0, FIELDS)
    .map(({ path, before, after }) => `      ${oneLine(`${path}: ${short(before)} → ${short(after)}`)}`)
  return fields.length > FIELDS ? [...named, `      … and ${fields.length - FIELDS} more fields`] : named
}

function resourceLine({ resource, kind, action, changed, replacedFor, protected: kept }: Content['resources'][number]) {
  const fields = changed.length === 0 ? '' : `: ${changed.join(', ')}`
  const why = replacedFor.length === 0 ? '' : `, replaced for ${replacedFor.join(', ')}`
  return oneLine(`  ${markOf(action)} ${action} ${kind} ${resource}${fields}${why}${kept ? ' (protected)' : ''}`)
}

const quoted = ({ quotedMinor, currency }: Content['price']): string =>
  quotedMinor === null ? '' : ` (quoted: ${money(quotedMinor, currency)})`

function contentLines(content: Content): string[] {
  const { change, stack, terms, resources, price, blast, findings, conflicts = [] } = content
  const shared = blast.tenants === 0 ? 'no other tenant' : `${blast.tenants} other tenants`
  return [
    change === 'adopt' ? `adopt into instance ${stack}` : `${change} stack ${stack}: ${resources.length} resources`,
    ...terms.map(({ path, before, after }) => oneLine(`  ${path}: ${short(before)} → ${short(after)}`)),
    ...resources.map(resourceLine),
    ...objectLines(content),
    `price a month: ${money(price.fromMinor, price.currency)} → ${money(price.toMinor, price.currency)}${quoted(price)}`,
    `touches ${shared}`,
    ...findings.map(({ rule, title, resources: named }) => oneLine(`! ${title} (${rule}): ${named.join(', ')}`)),
    ...conflicts.map(({ object, reason }) => oneLine(`! ${object}: ${reason}`)),
  ]
}

/** A change plan for people, and how to agree to it. */
export function planText({ operationId, number, state, hash, fault, content }: ChangePlan): string {
  const again = `steward operations plan ${operationId} --again`
  if (fault !== null)
    return `plan ${number} could not be made: ${fault.message} (${fault.code})\nplan again, while it waits: ${again}`
  if (content === null || hash === null) return `plan ${number} is being made (${state})`
  if ((content.conflicts ?? []).length > 0)
    return [
      ...contentLines(content),
      `plan ${number}: nothing can be adopted as long as that stands against it`,
      `plan again: ${again}`,
    ].join('\n')
  const release = content.findings.flatMap(({ resources }) => resources).map((name) => ` --release ${name}`)
  return [
    ...contentLines(content),
    `plan ${number}: ${hash}`,
    `approve (another operator): steward operations approve ${operationId} --plan ${hash}${release.join('')}`,
  ].join('\n')
}
