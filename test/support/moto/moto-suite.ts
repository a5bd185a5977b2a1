import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { AwsClients } from '../../../stacks/dedicated/aws-api/aws-clients.ts'
import { faultyAws, type FaultyAws } from './faulty-aws.ts'
import { motoClients, startMoto, type Moto } from './moto.ts'

/** Filled in before each test: the server, what stands between it and the clients under test, and those. */
export type MotoSuite = { moto: Moto; between: FaultyAws; clients: AwsClients }

/** One server for a file, empty before each test; `attempts` of the clients under test, as many as usual when left out. */
export function motoSuite(attempts?: number): MotoSuite {
  const suite = {} as MotoSuite // filled in by the hooks below, before any test reads it
  beforeAll(async () => {
    suite.moto = await startMoto()
  })
  afterAll(() => suite.moto.stop())
  beforeEach(async () => {
    await suite.moto.reset()
    suite.between = await faultyAws(suite.moto.url)
    suite.clients = motoClients(suite.between.url, attempts)
  })
  afterEach(async () => {
    suite.clients.close()
    await suite.between.close()
  })
  return suite
}
