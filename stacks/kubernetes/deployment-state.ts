/** The parts of a Deployment that say how far it is. */
export type DeploymentView = {
  metadata: { generation?: number }
  spec?: { replicas?: number }
  status?: {
    observedGeneration?: number
    replicas?: number
    updatedReplicas?: number
    availableReplicas?: number
    conditions?: readonly { type: string; status: string; reason?: string; message?: string }[]
  }
}

type DeploymentState =
  | { state: 'available' }
  | { state: 'progressing'; message: string; blockedBy?: string }
  | { state: 'stalled'; message: string }

/**
 * Reads a Deployment: available means that its controller has seen this generation, every replica runs the new template
 * and is available, and no replica of an older template is left. `blockedBy` is why pods cannot be created just now.
 */
export function judgeDeployment({ metadata, spec, status = {} }: DeploymentView): DeploymentState {
  const wanted = spec?.replicas ?? 1
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, conditions = [] } = status
  const current = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  if (current && updatedReplicas >= wanted && replicas === updatedReplicas && availableReplicas >= wanted)
    return { state: 'available' }
  const condition = (type: string) => conditions.find((one) => one.type === type)
  const failure = condition('ReplicaFailure')
  const blockedBy = current && failure?.status === 'True' ? failure.message : undefined
  const progress = condition('Progressing')
  if (current && progress?.status === 'False')
    return { state: 'stalled', message: blockedBy ?? progress.message ?? progress.reason ?? 'no progress' }
  const message = `${availableReplicas} of ${wanted} replicas available, ${updatedReplicas} updated`
  return { state: 'progressing', message, ...(blockedBy === undefined ? {} : { blockedBy }) }
}
