import { expect } from 'vitest'
import type { PlaneClient } from './plane.ts'
import { until } from './postgres.ts'

/** Returns when a step of the operation has begun and not ended. */
export const untilUnderWay = (plane: PlaneClient, operationId: string): Promise<void> =>
  until(async () => {
    const { body } = await plane.call<{ steps: { state: string }[] }>('GET', `/v1/operations/${operationId}`)
    expect(body.steps.map(({ state }) => state)).toContain('running')
  }, 60)
