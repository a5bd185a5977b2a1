import { join } from 'node:path'
import { plainEnvironment } from '../servers/context.ts'
import type { Command } from '../servers/server.ts'
import type { ResourceContext } from './resource-kind.ts'

/** A program of this checkout as a process of a resource: it is told what it needs in one variable, as JSON. */
export const nodeProgram = (
  at: ResourceContext,
  { file, flags, told }: { file: string; flags: readonly string[]; told: { as: string; input: unknown } },
): Command => ({
  file: process.execPath,
  args: [...flags, file],
  env: {
    ...plainEnvironment(at),
    NODE_COMPILE_CACHE: join(at.cache, 'compiled'),
    [told.as]: JSON.stringify(told.input),
  },
})
