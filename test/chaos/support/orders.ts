import path from 'node:path'
import type { Place } from '../../support/subject-life.ts'

/** What a killable worker is told by the crew that starts it. */
export type CrewOrders = {
  /** Where plans are laid and kills are noted. */
  folder: string
  databaseUrlFile: string
  sealingKeyFile: string
  temporalAddress: string
}

/**
 * Where the workers that perform an operation die, and where they wait until something else was killed, each place once; and where it
 * fails for good, however often it is tried.
 */
export type Plan = { kills: readonly Place[]; strikes?: readonly Place[]; breaks?: Place }

/** Says where an operation's workers die; an operation without one waits before its first step. */
export const planFile = (folder: string, operationId: string): string => path.join(folder, `${operationId}.json`)
/** Exists once a worker has died there. */
export const killedFile = (folder: string, operationId: string, { step, when }: Place): string =>
  path.join(folder, `${operationId}.${step}.${when}.killed`)
/** Exists once a worker has come there and waits. */
export const heldFile = (folder: string, operationId: string, { step, when }: Place): string =>
  path.join(folder, `${operationId}.${step}.${when}.held`)
/** Exists once whoever waits there may go on. */
export const struckFile = (folder: string, operationId: string, { step, when }: Place): string =>
  path.join(folder, `${operationId}.${step}.${when}.struck`)
