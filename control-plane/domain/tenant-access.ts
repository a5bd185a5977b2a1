import { TENANT_ACCOUNTS, type TenantAccount } from './naming.ts'
import type { TenantState } from './tenant-lifecycle.ts'

/** How long a tenant's kubeconfig may live, in seconds. Kubernetes makes no token that ends within ten minutes. */
export const KUBECONFIG_SECONDS = { least: 600, usual: 3600, most: 86_400 } as const

/** Suspended means that nothing is run and nothing is changed, not that the tenant may not see why. */
const LOOKING: readonly TenantAccount[] = ['tenant-viewer']

const ACCOUNTS_IN: Readonly<Record<TenantState, readonly TenantAccount[]>> = {
  provisioning: [],
  active: TENANT_ACCOUNTS,
  suspending: LOOKING,
  suspended: LOOKING,
  resuming: LOOKING,
  decommissioning: [],
  decommissioned: [],
  failed: [],
}

/** Whether a tenant in this state is handed a kubeconfig of this account. One handed out before lives until it ends. */
export const mayHandOut = (account: TenantAccount, state: TenantState): boolean => ACCOUNTS_IN[state].includes(account)
