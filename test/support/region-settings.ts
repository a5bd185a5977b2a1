import type { Facet } from '../../control-plane/domain/facets.ts'

/** A region in which nothing is: for tests that ask nothing of it. */
export const REGION_SETTINGS = {
  kubeconfig: '/estate/worker.kubeconfig',
  sweepKubeconfig: '/estate/sweep.kubeconfig',
  productDatabaseUrlFile: '/estate/products',
  sweepDatabaseUrlFile: '/estate/sweep',
  gatewayUrl: 'http://127.0.0.1:7402',
  edgeUrl: 'http://127.0.0.1:7401',
  edgeAdminUrl: 'http://127.0.0.1:7403',
  edgeTokenFile: '/estate/edge',
  sweepEdgeTokenFile: '/estate/edge-sweep',
  prometheusUrl: 'http://127.0.0.1:7416',
  podNetwork: null,
  facets: ['namespace', 'database'] as Facet[],
  exportFolder: '/estate/exports',
  instances: 100,
  stacks: 100,
  stackTarget: {
    target: 'local' as const,
    url: 'http://127.0.0.1:7400',
    tokenFile: '/estate/resources',
    sweepTokenFile: '/estate/resources-sweep',
    keyTokenFile: '/estate/keys',
    versions: { kubernetes: '1.35.4', postgres: '17' },
  },
}
