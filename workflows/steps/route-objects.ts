import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import { forTenant, routeChart, type RoutedTenant } from './chart-use.ts'
import type { Place } from './step-deps.ts'

/** The route of a tenant inside its unit. */
export const routeObjects = async ({ hands, unit }: Place, tenant: RoutedTenant): Promise<KubernetesObject[]> =>
  forTenant(await hands.render(routeChart(unit)), tenant)
