import { until } from './postgres.ts'
import type { WorkflowRig } from './workflow-rig.ts'

/** What the document of a change plan says, as far as tests look at it. */
export type SeenPlan = {
  state: string
  hash: string
  content: {
    change: string
    cluster: string
    resources: { resource: string; action: string; changed: string[]; protected: boolean }[]
    objects: { object: string; action: string; fields: { path: string; before: string; after: string }[] }[]
    terms: { path: string; before: string; after: string }[]
    price: { fromMinor: number; toMinor: number }
    blast: { tenants: number }
    findings: { resources: string[] }[]
  }
}

/** The change plan of an operation that waits, once it was made or could not be. */
export const seenPlan = (rig: Pick<WorkflowRig, 'call'>, operationId: string): Promise<SeenPlan> =>
  until(async () => {
    const { body } = await rig.call('GET', `/v1/operations/${operationId}/plan`)
    if (body['state'] === 'planning') throw new Error('there is no plan yet')
    return body as unknown as SeenPlan // as the document says
  }, 60)
