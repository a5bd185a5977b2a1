import { expect, test } from 'vitest'
import { createRequestMetrics } from './metrics.ts'

test('requests and durations are rendered by route and status, and go with their route', () => {
  const metrics = createRequestMetrics('gate')
  metrics.observe('cell/a', 200, 0.003)
  metrics.observe('cell/a', 200, 30)
  metrics.observe('cell/b', 503, 0.001)
  const text = metrics.render()
  expect(text).toContain('gate_requests_total{route="cell/a",status="200"} 2')
  expect(text).toContain('gate_request_duration_seconds_bucket{route="cell/a",status="200",le="0.005"} 1')
  expect(text).toContain('gate_request_duration_seconds_bucket{route="cell/a",status="200",le="10"} 1')
  expect(text).toContain('gate_request_duration_seconds_bucket{route="cell/a",status="200",le="+Inf"} 2')
  metrics.retain((route) => route === 'cell/b')
  expect(metrics.render()).not.toContain('cell/a')
})
