import type { TestProject } from 'vitest/node'
import { startTestTemporal } from './temporal.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the throw-away Temporal server. */
    temporal: string
  }
}

/** One server per run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestTemporal()
  project.provide('temporal', server.address)
  return server.stop
}
