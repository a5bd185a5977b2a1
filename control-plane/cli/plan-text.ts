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

function objectLines({ objects, cluster, change }: Content): string[] {
  const most = change === 'adopt' ? objects.length : NAMED // of what is somebody else's everything is told
  const named = objects.slice(0, most).map(({ action, object, changed = [] }) => {
    const said = change === 'adopt' ? `${action} ` : ''
    return oneLine(`  ${markOf(action)} ${said}${object}${changed.length === 0 ? '' : `: adds ${changed.join(', ')}`}`)
  })
  const more = objects.length > most ? [`  … and ${objects.length - most} more`] : []
  return [`${objects.length} objects in its cluster (${CLUSTERS[cluster]})`, ...named, ...more]
}

function resourceLine({ resource, kind, action, changed, replacedFor, protected: kept }: Content['resources'][number]) {
  const fields = changed.length === 0 ? '' : `: ${changed.join(', ')}`
  const why = replacedFor.length === 0 ? '' : `, replaced for ${replacedFor.join(', ')}`
  return oneLine(`  ${markOf(action)} ${action} ${kind} ${resource}${fields}${why}${kept ? ' (protected)' : ''}`)
}

function contentLines(content: Content): string[] {
  const { change, stack, resources, price, blast, findings, conflicts = [] } = content
  const shared = blast.tenants === 0 ? 'no other tenant' : `${blast.tenants} other tenants`
  return [
    change === 'adopt' ? `adopt into instance ${stack}` : `${change} stack ${stack}: ${resources.length} resources`,
    ...resources.map(resourceLine),
    ...objectLines(content),
    `price a month: ${money(price.fromMinor, price.currency)} → ${money(price.toMinor, price.currency)}`,
    `touches ${shared}`,
    ...findings.map(({ rule, title, resources: named }) => oneLine(`! ${title} (${rule}): ${named.join(', ')}`)),
    ...conflicts.map(({ object, reason }) => oneLine(`! ${object}: ${reason}`)),
  ]
}

/** A change plan for people, and how to agree to it. */
export function planText({ operationId, number, state, hash, fault, content }: ChangePlan): string {
  const again = `steward operations plan ${operationId} --again`
  if (fault !== null) return `plan ${number} could not be made: ${fault.message} (${fault.code})\nplan again: ${again}`
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
