import type { EngineEvent } from '@pulumi/pulumi/automation/events.js'

/** A resource as the engine was asked for it: what the rules look at. */
export type RegisteredResource = {
  urn: string
  /** For example `aws:rds/instance:Instance`. */
  type: string
  name: string
  inputs: Readonly<Record<string, unknown>>
  protect: boolean
  /** Its id at AWS, once it has one. */
  id?: string
}

/** What the engine shows for a value that only the making of a resource tells. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'
/** What it shows for a secret, in events and where the program is run without an engine. */
const SECRET_TEXT = '[secret]'
const SIGNATURE = '4dabf18193072939515e22adb298388d'
const SECRET_SIGNATURE = '1b47061264138c4ac30d75fd1eb44270'

/** Whether any of a value is not known yet. */
export function isUnknown(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(isUnknown)
  return value === UNKNOWN
}

export const isSecret = (value: unknown): boolean =>
  value === SECRET_TEXT ||
  (typeof value === 'object' && value !== null && (value as Record<string, unknown>)[SIGNATURE] === SECRET_SIGNATURE)

/** All resources that a stack has after the steps of a preview or an update, from the engine's events. */
export function registeredIn(events: readonly Pick<EngineEvent, 'resourcePreEvent'>[]): RegisteredResource[] {
  const states = events.flatMap(({ resourcePreEvent }) => {
    const { op, urn, new: after } = resourcePreEvent?.metadata ?? {}
    // a replacement is told in several steps with one and the same new state
    return after && urn && op !== 'delete-replaced' && after.custom ? [{ urn, after }] : []
  })
  const last = new Map(states.map(({ urn, after }) => [urn, after]))
  return [...last].map(([urn, { type, inputs, protect, id }]) => ({
    urn,
    type,
    name: urn.split('::').at(-1) ?? urn,
    inputs,
    protect: protect ?? false,
    ...(id ? { id } : {}),
  }))
}
