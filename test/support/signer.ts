import { randomBytes } from 'node:crypto'
import { systemClock } from '../../control-plane/platform/clock.ts'
import { createSigning } from '../../control-plane/platform/signing.ts'

/** Signs for a worker of a test, with keys that nobody else can open. */
export const testSigner = () => ({
  signing: createSigning({ key: randomBytes(32), clock: systemClock }),
  clock: systemClock,
})
