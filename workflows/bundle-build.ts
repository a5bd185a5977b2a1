// Child process of bundle.ts: `node bundle-build.ts <entry> <interceptors> <output>`.
import { writeFile } from 'node:fs/promises'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

const [entry, interceptors, output] = process.argv.slice(2)
if (!entry || !interceptors || !output) throw new Error('usage: bundle-build.ts <entry> <interceptors> <output>')
const { code } = await bundleWorkflowCode({
  workflowsPath: entry,
  workflowInterceptorModules: [interceptors],
  logger: new DefaultLogger('WARN'),
})
await writeFile(output, code)
