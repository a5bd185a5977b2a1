import {
  CHECK_IDS,
  type CheckId,
  type CheckResult,
  CHECKS,
  judge,
  type Observation,
} from '../../../control-plane/domain/attestation.ts'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { clusterResources } from './cluster-access.ts'
import type { Attested, Check } from './context.ts'
import { networkAccess, ownNetworkPolicies } from './network.ts'
import { otherTenants } from './other-tenant.ts'
import { ourObjects } from './our-objects.ts'
import * as pods from './pod-checks.ts'
import { computeQuotas, objectQuotas, quotaChanges } from './quotas.ts'
import { ownRoles, roleEscalation } from './roles.ts'
import { nodePorts } from './services.ts'
import { existingVolumes, reclaimPolicy } from './volumes.ts'

/** How each check of the list is made: one that is missing does not compile. */
const MAKERS: Readonly<Record<CheckId, Check>> = {
  'MTB-PL1-CC-CPI-1': clusterResources,
  'MTB-PL1-BC-CPI-2': ourObjects,
  'MTB-PL1-BC-CPI-3': pods.addedCapabilities,
  'MTB-PL1-BC-CPI-4': pods.rootUser,
  'MTB-PL1-BC-CPI-5': pods.privileged,
  'MTB-PL1-BC-CPI-6': pods.escalation,
  'MTB-PL1-CC-TI-1': quotaChanges,
  'MTB-PL1-CC-TI-2': otherTenants,
  'MTB-PL1-BC-HI-1': pods.hostPaths,
  'MTB-PL1-BC-HI-1-nodeport': nodePorts,
  'MTB-PL1-BC-HI-3': pods.hostNetwork,
  'MTB-PL1-BC-HI-4': pods.hostPid,
  'MTB-PL1-BC-HI-5': pods.hostIpc,
  'MTB-PL1-CC-FNS-1': computeQuotas,
  'MTB-PL1-CC-FNS-2': objectQuotas,
  'MTB-PL1-CC-DI-1': pods.pullAlways,
  'MTB-PL2-CC-TI-1': roleEscalation,
  'MTB-PL2-BC-OPS-3': ownRoles,
  'MTB-PL2-BC-OPS-4': ownNetworkPolicies,
  'MTB-1198': pods.inlineStorage,
  'MTB-1199': reclaimPolicy,
  'MTB-1200': existingVolumes,
  'MTB-1201': networkAccess,
}

/**
 * Runs checks, all of them unless named, one after the other: none sees another's objects half made. What a check could not find
 * out is an observation like any other; only a run that was stopped throws.
 */
export async function runChecks(attested: Attested, ids: readonly CheckId[] = CHECK_IDS): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const [index, id] of ids.entries()) {
    attested.link.onEvent?.({ message: `check ${index + 1} of ${ids.length}: ${CHECKS[id]}` })
    const observations = await observe(attested, MAKERS[id])
    results.push({ id, title: CHECKS[id], outcome: judge(observations), observations })
  }
  return results
}

async function observe(attested: Attested, check: Check): Promise<Observation[]> {
  try {
    return await check(attested)
  } catch (error) {
    attested.link.signal.throwIfAborted()
    if (!(error instanceof Problem)) throw error
    return [
      {
        what: 'the check itself',
        part: 'control',
        expected: 'holds',
        guards: [],
        seen: 'error',
        guard: null,
        said: error.message.slice(0, 300),
      },
    ]
  }
}
