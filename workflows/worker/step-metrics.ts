import type { Meter } from '@opentelemetry/api'
import type { StepInterceptorDeps } from './step-interceptor.ts'

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** Duration of every attempt at a step by step and outcome; which tenant it was is for the operation to say. */
export function stepMetrics(meter: Meter): NonNullable<StepInterceptorDeps['observe']> {
  const duration = meter.createHistogram('steward_step_duration_seconds', {
    description: 'Duration of one attempt at a step, its records included',
    unit: 's',
    advice: { explicitBucketBoundaries: SECONDS },
  })
  return ({ step, outcome, durationMs }) => duration.record(durationMs / 1000, { step, outcome })
}
