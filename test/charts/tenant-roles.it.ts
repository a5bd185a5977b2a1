import { expect, test } from 'vitest'
import { TENANT_CLUSTER_ROLES, TENANT_ROLES } from '../../control-plane/domain/naming.ts'
import { TENANT_RULES } from '../../stacks/kubernetes/rights.ts'
import { objectsOf, renderCase } from './render.ts'

const sorted = (rules: unknown) => (rules as unknown[]).map((rule) => JSON.stringify(rule)).toSorted()

test.each(TENANT_ROLES)('the role of a tenant’s %s allows what the preflight asks about, and no more', async (role) => {
  const roles = objectsOf(await renderCase('cluster-guardrails')).filter(({ kind }) => kind === 'ClusterRole')
  expect(roles.map(({ metadata }) => metadata.name).toSorted()).toEqual(Object.values(TENANT_CLUSTER_ROLES).toSorted())
  const found = roles.find(({ metadata }) => metadata.name === TENANT_CLUSTER_ROLES[role])
  expect(sorted(found?.['rules'])).toEqual(sorted(TENANT_RULES[role]))
})
