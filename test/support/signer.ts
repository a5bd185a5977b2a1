import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { systemClock } from '../../control-plane/platform/clock.ts'
import { sealingKey } from '../../control-plane/platform/sealing.ts'
import { createSigning } from '../../control-plane/platform/signing.ts'

/** Signs for a worker of a test, with keys that nobody else can open. */
export const testSigner = () => signer(randomBytes(32))
const signer = (key: Buffer) => ({
  signing: createSigning({ key, clock: systemClock }),
  clock: systemClock,
  sealingKey: key,
})

/** Signs with the keys of an estate, so that what its workers measure verifies. */
export const signerOf = async (sealingKeyFile: string) =>
  signer(sealingKey((await readFile(sealingKeyFile, 'utf8')).trim()))
