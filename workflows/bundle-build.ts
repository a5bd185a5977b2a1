// Child process of bundle.ts: `node bundle-build.ts <entry> <output>`.
import { writeFile } from 'node:fs/promises'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

const [entry, output] = process.argv.slice(2)
if (!entry || !output) throw new Error('usage: bundle-build.ts <entry> <output>')
const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger: new DefaultLogger('WARN') })
await writeFile(output, code)
