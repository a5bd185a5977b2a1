import { runtime, type ComponentResourceOptions, type Output, type ResourceTransformation } from '@pulumi/pulumi'
import type { RegisteredResource } from '../../stacks/dedicated/policy/registered.ts'
import type { StackOutputs, StackProgram } from '../../stacks/dedicated/programs/stack-program.ts'

export type RegisteredStack = { resources: RegisteredResource[]; outputs: Record<keyof StackOutputs, string> }
/** What a target would say of a resource once it is there. */
type AnswerOf = (type: string, name: string, inputs: Record<string, unknown>) => Record<string, unknown>

/** Runs a program without an engine, and tells all that it registered. One run at a time: the mocks are the process's. */
export async function register(
  declare: (options: ComponentResourceOptions) => ReturnType<StackProgram>,
  answerOf: AnswerOf,
): Promise<RegisteredStack> {
  const resources: RegisteredResource[] = []
  const isProtected = new Map<string, boolean>()
  const note: ResourceTransformation = ({ type, name, opts }) => {
    isProtected.set(`${type} ${name}`, opts.protect ?? false)
    return undefined
  }
  await runtime.setMocks({
    newResource: ({ type, name, inputs: given, custom }) => {
      const id = `${name}-id`
      const protect = isProtected.get(`${type} ${name}`) ?? false
      if (custom)
        resources.push({ urn: `urn:pulumi:test::steward::${type}::${name}`, type, name, inputs: given, protect, id })
      return { id, state: answerOf(type, name, given) }
    },
    call: ({ token }) => {
      throw new Error(`the program asks its target (${token}), and would answer otherwise another day`)
    },
  })
  try {
    const declared = declare({ transformations: [note] })
    const names = Object.keys(declared) as (keyof StackOutputs)[]
    const outputs = await Promise.all(names.map(async (name) => [name, await valueOf(declared[name])] as const))
    return { resources, outputs: Object.fromEntries(outputs) as RegisteredStack['outputs'] }
  } finally {
    await runtime.disconnect()
  }
}

const valueOf = <T>(output: Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve))
