import { wholeNumber } from '../input-values.ts'
import { inputFields } from '../inputs.ts'

/** Which member is the primary is state and no input: a promoted standby is no difference. */
export type ClusterInputs = {
  standbys: 0 | 1
  /** Connections each member takes at once. */
  maxConnections: number
}

/** Checks the inputs of a cluster and fills what is absent: one standby, 100 connections. */
export function parseInputs(inputs: unknown): ClusterInputs {
  const fields = inputFields(inputs, ['standbys', 'maxConnections'])
  const standbys = wholeNumber(fields, 'standbys', { from: 0, to: 1, otherwise: 1 })
  return {
    standbys: standbys === 0 ? 0 : 1,
    maxConnections: wholeNumber(fields, 'maxConnections', { from: 20, to: 1000, otherwise: 100 }),
  }
}
