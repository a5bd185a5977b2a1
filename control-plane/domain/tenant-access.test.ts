import { expect, test } from 'vitest'
import { TENANT_ACCOUNTS } from './naming.ts'
import { mayHandOut } from './tenant-access.ts'
import { TENANT_STATES } from './tenant-lifecycle.ts'

/** Spelled out by hand: who gets a kubeconfig in which state. */
const WRITTEN = {
  provisioning: [],
  active: ['tenant-admin', 'tenant-viewer'],
  suspending: ['tenant-viewer'],
  suspended: ['tenant-viewer'],
  resuming: ['tenant-viewer'],
  decommissioning: [],
  decommissioned: [],
  failed: [],
}

test.each(TENANT_STATES)('what is handed out while a tenant is %s', (state) => {
  expect(TENANT_ACCOUNTS.filter((account) => mayHandOut(account, state))).toEqual(WRITTEN[state])
})
